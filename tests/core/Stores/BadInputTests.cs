using System.Globalization;
using Amazon.Runtime;
using BuildCache.Content.Wire;
using BuildCache.RemoteApis;
using BuildCache.Stores;
using BuildCache.Stores.S3;
using BuildCache.Tests.RemoteApis;
using BuildCache.Tests.Stores.GitHubActions;
using BuildCache.Tests.Stores.S3;
using BuildCache.Tests.Support;
using BuildCache.TestServers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Digest = BuildCache.Content.Digest;

namespace BuildCache.Tests.Stores;

/// <summary>What is wrong with a store is named as such, with what to do, as the probe of a store tells it; nothing secret is in it.</summary>
public sealed class BadInputTests(S3Servers servers) : IDisposable
{
    private const string KeyId = "AKIDOFTHISUSER";
    private const string Secret = "secretofthisuser";
    private readonly TempFolder _folder = new();

    // No server here refuses these: the answers are those that Amazon documents.
    [Theory]
    [InlineData(301, "PermanentRedirect", "<Endpoint>b.s3.eu-west-1.amazonaws.com</Endpoint><Bucket>b</Bucket>", "StoreNotFound", "not in us-east-1", "Correct 'region' or 'endpoint'")]
    [InlineData(400, "AuthorizationHeaderMalformed", "<Message>The region 'us-east-1' is wrong; expecting 'eu-west-1'</Message>", "StoreNotFound", "in the region eu-west-1, not in us-east-1", "Write 'region=eu-west-1' into the URI.")]
    [InlineData(400, "AuthorizationHeaderMalformed", "<Message>expecting '?x=AKIDOFTHISUSER'</Message>", "StoreNotFound", "not in us-east-1", "Correct 'region'")]
    [InlineData(400, "ExpiredToken", "<Token-0>secretofthisuser</Token-0>", "StoreAccessDenied", "have expired", "Get new ones")]
    [InlineData(403, "InvalidAccessKeyId", "<AWSAccessKeyId>AKIDOFTHISUSER</AWSAccessKeyId>", "StoreAccessDenied", "does not know the access key", "AWS_ACCESS_KEY_ID")]
    [InlineData(403, "SignatureDoesNotMatch", "<StringToSign>AKIDOFTHISUSER</StringToSign>", "StoreAccessDenied", "refused the signature", "AWS_SECRET_ACCESS_KEY")]
    [InlineData(403, "AccessDenied", "", "StoreAccessDenied", "refused access", "s3:ListBucket")]
    [InlineData(404, "NoSuchBucket", "<BucketName>b</BucketName>", "StoreNotFound", "no bucket 'b'", "Create it, or correct the URI")]
    [InlineData(403, "RequestTimeTooSkewed", "<ServerTime>2001-02-03T04:05:06Z</ServerTime>", "StoreClockSkew", "its clock says 2001-02-03 04:05:06Z", "Set the one that is wrong")]
    public async Task What_S3_refuses(int status, string code, string details, string id, string what, string advice)
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(async (_, context) =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/xml";
            context.Response.Headers.Date = "Sat, 03 Feb 2001 04:05:06 GMT";
            await context.Response.WriteAsync($"<?xml version=\"1.0\"?><Error><Code>{code}</Code>{(details.Contains("Message", StringComparison.Ordinal) ? "" : $"<Message>{Secret} {KeyId}</Message>")}{details}<RequestId>1</RequestId></Error>");
        }, HttpProtocols.Http1);
        await using S3Store store = Open(server);

        ProbeResult reach = await ProbeAsync(store, id);

        Assert.Contains(what, reach.Message, StringComparison.Ordinal);
        Assert.Contains(advice, reach.Message, StringComparison.Ordinal);
        if (code == "RequestTimeTooSkewed")
        {
            Assert.Contains(DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), reach.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(301)]
    [InlineData(400)]
    public async Task Another_region_is_named_by_an_answer_without_a_body(int status)
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync((_, context) =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers["x-amz-bucket-region"] = "eu-west-1";
            return Task.CompletedTask;
        }, HttpProtocols.Http1);
        await using S3Store store = Open(server);

        BuildCacheException error = await Fails.WithAsync(ErrorId.StoreNotFound, async () => await store.Blobs.FindMissingAsync([new Digest(new byte[Digest.HashLength], 3_000_000)]));

        Assert.Contains("region=eu-west-1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_that_a_real_server_does_not_know_and_a_bucket_that_it_does_not_have()
    {
        await using S3Rig rig = await S3Rig.StartAsync(servers, S3Servers.Radosgw);

        Assert.Contains("Create it", (await ProbeAsync(rig.Open("no-such-bucket"), "StoreNotFound")).Message, StringComparison.Ordinal);
        Assert.Contains("AWS_ACCESS_KEY_ID", (await ProbeAsync(rig.Open(credentials: new BasicAWSCredentials(KeyId, Secret)), "StoreAccessDenied")).Message, StringComparison.Ordinal);
        Assert.Contains("AWS_SECRET_ACCESS_KEY", (await ProbeAsync(rig.Open(credentials: new BasicAWSCredentials(Radosgw.AccessKey, Secret)), "StoreAccessDenied")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_nobody_signed_before_S3()
    {
        RealServer moto = await servers.GetAsync(S3Servers.Moto);
        using var authority = TestCertificates.Authority("authority");
        await using FaultProxy proxy = await FaultProxy.StartAsync(moto.Address, tls => tls.ServerCertificate = TestCertificates.Issue(authority, "localhost"));
        await using S3Store store = Open(new UriBuilder(proxy.Address) { Host = "localhost" }.Uri);

        ProbeResult reach = await ProbeAsync(store, "StoreNotTrusted");

        Assert.Contains("certificate", reach.Message, StringComparison.Ordinal);
        Assert.Contains("trust the authority", reach.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TLS_where_S3_speaks_none_is_no_matter_of_trust()
    {
        RealServer moto = await servers.GetAsync(S3Servers.Moto);
        await using S3Store store = Open(new UriBuilder(moto.Address) { Scheme = "https" }.Uri);

        Assert.Contains("http://", (await ProbeAsync(store, "StoreUnsuitable")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_storage_or_with_digests_of_another_kind()
    {
        Assert.Contains("no content-addressed storage", await CapabilitiesAsync(new ServerCapabilities()), StringComparison.Ordinal);
        string digests = await CapabilitiesAsync(new ServerCapabilities { CacheCapabilities = new CacheCapabilities { DigestFunctions = { DigestFunction.Types.Value.Sha1 } } });
        Assert.Contains("its digest functions: Sha1", digests, StringComparison.Ordinal);
        Assert.EndsWith("Name another server, or have this one set up for it.", digests, StringComparison.Ordinal);

        async Task<string> CapabilitiesAsync(ServerCapabilities capabilities)
        {
            await using ScriptedServer server = await ScriptedServer.StartAsync((_, context) => ScriptedServer.AnswerAsync(context, GrpcStatusCode.Ok, capabilities));
            await using var store = CacheStore.Open(server.Endpoint.Name);
            return (await ProbeAsync(store, "StoreUnsuitable")).Message;
        }
    }

    [Fact]
    public async Task A_token_that_has_expired()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync((_, context) =>
            ScriptedServer.RefuseAsync(context, GrpcStatusCode.Unauthenticated, $"{context.Request.Headers.Authorization} expired"));
        await using var store = CacheStore.Open($"{server.Endpoint.Name}?tokenFile={Uri.EscapeDataString(_folder.File("token", Secret))}");

        Assert.EndsWith("expired. The token is wrong or has expired: get a new one.", (await ProbeAsync(store, "StoreAccessDenied")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_with_an_authority_that_is_not_there()
    {
        await using var store = CacheStore.Open($"grpcs://127.0.0.1:1?ca={_folder.PathOf("absent.pem")}");

        Assert.Contains("absent.pem", (await ProbeAsync(store, "InvalidSetting")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no uri", "neither a URI nor the full path")]
    [InlineData("s3//bucket", "neither a URI nor the full path")]
    [InlineData("ftp://host", "no store of kind 'ftp'")]
    [InlineData("s3:///prefix", "name a bucket")]
    [InlineData("s3://bucket?endpoint=somewhere", "'endpoint' is no address")]
    [InlineData("s3://bucket?region=eu west", "'region' is no name")]
    [InlineData("s3://AKIDOFTHISUSER:secretofthisuser@bucket", "user name or password")]
    [InlineData("grpc://host", "no port")]
    [InlineData("grpc://host:1?speed=secretofthisuser", "unknown option 'speed'; known are ca")]
    [InlineData("gha://github", "'gha:' and nothing more")]
    [InlineData("file:///store?readonly=secretofthisuser", "neither 'true' nor 'false'")]
    public void A_URI_that_names_no_store(string uri, string why)
    {
        BuildCacheException error = Fails.With(ErrorId.InvalidStoreUri, () => CacheStore.Open(uri));

        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.Contains("s3://bucket/prefix", error.Message, StringComparison.Ordinal);
        AssertNothingSecret(error.ToString());
    }

    [Theory]
    [InlineData(S3Servers.Moto)]
    [InlineData(S3Servers.Radosgw)]
    public async Task The_clock_of_an_S3_server_is_told(string server)
    {
        await using S3Rig rig = await S3Rig.StartAsync(servers, server);

        Assert.InRange((await rig.Store.MeasureClockSkewAsync()) ?? TimeSpan.MaxValue, TimeSpan.FromSeconds(-5), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task The_clock_of_GitHubs_service_is_told()
    {
        await using GitHubRig rig = await GitHubRig.StartAsync();

        TimeSpan fake = rig.Clock.GetUtcNow() - DateTimeOffset.UtcNow;
        Assert.InRange((await rig.Store.MeasureClockSkewAsync() ?? TimeSpan.MaxValue) + fake, TimeSpan.FromSeconds(-5), TimeSpan.FromSeconds(5));
    }

    // As Amazon does, it refuses a time that is more than a quarter of an hour off; the SDK then goes by the server's clock.
    [Theory]
    [InlineData(3600, "ahead of")]
    [InlineData(-600, "behind")]
    public async Task A_clock_that_is_wrong_is_told_whether_or_not_requests_are_refused(int seconds, string words)
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(async (_, context) =>
        {
            DateTimeOffset now = DateTimeOffset.UtcNow.AddSeconds(seconds);
            context.Response.Headers.Date = now.ToString("r", CultureInfo.InvariantCulture);
            context.Response.ContentType = "application/xml";
            var sent = DateTimeOffset.ParseExact(context.Request.Headers["x-amz-date"].ToString(), "yyyyMMddTHHmmssZ", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
            if ((sent - now).Duration() > TimeSpan.FromMinutes(15))
            {
                context.Response.StatusCode = 403;
                await context.Response.WriteAsync("<Error><Code>RequestTimeTooSkewed</Code></Error>");
                return;
            }

            bool isList = context.Request.Query.ContainsKey("list-type");
            context.Response.StatusCode = isList ? 200 : 404;
            await context.Response.WriteAsync(isList
                ? "<ListBucketResult><Name>b</Name><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>"
                : "<Error><Code>NoSuchKey</Code></Error>");
        }, HttpProtocols.Http1);
        await using S3Store store = Open(server);

        ProbeResult clock = (await new StoreProbe(store, isReadOnly: true, _folder.PathOf("scratch")).RunAsync().ToListAsync()).Single(step => step.Step == "clock");

        Assert.Equal(ErrorId.StoreClockSkew, clock.Error);
        Assert.InRange(seconds - (await store.MeasureClockSkewAsync())!.Value.TotalSeconds, -5, 5);
        Assert.Contains(words, clock.Message, StringComparison.Ordinal);
        Assert.Contains("Set the one that is wrong", clock.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private S3Store Open(ScriptedServer server) => Open(new Uri($"http://127.0.0.1:{server.Endpoint.Port}"));

    private S3Store Open(Uri endpoint) => new(
        S3Location.Parse(StoreUri.Parse($"s3://b/prefix?endpoint={endpoint}&region=us-east-1&pathStyle=true")),
        _folder.PathOf("index"),
        new SessionAWSCredentials(KeyId, Secret, Secret));

    // The first step says what is wrong, and no other is tried.
    private async Task<ProbeResult> ProbeAsync(CacheStore store, string id)
    {
        ProbeResult step = Assert.Single(await new StoreProbe(store.Tiers[0].Store, isReadOnly: false, _folder.PathOf("scratch")).RunAsync().ToListAsync());
        TestContext.Current.TestOutputHelper?.WriteLine(step.Message);
        Assert.Equal("reach", step.Step);
        Assert.False(step.Passed);
        Assert.Equal(id, step.Error?.Name);
        AssertNothingSecret(step.Message);
        return step;
    }

    private static void AssertNothingSecret(string text)
    {
        Assert.DoesNotContain(Secret, text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(KeyId, text, StringComparison.OrdinalIgnoreCase);
    }
}
