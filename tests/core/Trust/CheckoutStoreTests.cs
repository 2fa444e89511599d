using BuildCache.Configuration;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.RemoteApis;
using BuildCache.Sources;
using BuildCache.Sources.Assets;
using BuildCache.Stores;
using BuildCache.Stores.File;
using BuildCache.Stores.RemoteExecution;
using BuildCache.Tests.Configuration;
using BuildCache.Tests.RemoteApis;
using BuildCache.Tests.Support;
using BuildCache.Trust;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace BuildCache.Tests.Trust;

/// <summary>Which stores that a checkout names get the user's credentials, seen from the server.</summary>
[Collection(typeof(EnvironmentAlone))]
public sealed class CheckoutStoreTests : IDisposable
{
    private readonly EnvironmentGuard _environment = new();
    private readonly TempFolder _checkout = new();
    private readonly List<string> _seen = [];

    public CheckoutStoreTests()
    {
        _environment.Set(RemoteStoreUri.TokenVariable, "s3cret-token");
        _environment.Set("AWS_ACCESS_KEY_ID", "AKIDSECRET");
        _environment.Set("AWS_SECRET_ACCESS_KEY", "s3cret-key");
    }

    [Fact]
    public async Task A_server_of_a_checkout_is_sent_no_token_and_the_user_hears_which_host_it_is()
    {
        await using ScriptedServer server = await StartAsync(HttpProtocols.Http2);
        string host = $"http://127.0.0.1:{server.Endpoint.Port}";

        StoreNotice notice = Assert.Single(await AskAsync(server.Endpoint.Name, TrustedHosts.None), told => told.Id == ErrorId.CredentialsWithheld);
        Assert.Contains($"\"{host}\" to 'trustedHosts' in '{UserDirectories.SettingsFile}'", notice.Message, StringComparison.Ordinal);
        Assert.NotEmpty(_seen);
        Assert.All(_seen, authorization => Assert.Equal("", authorization));

        Assert.DoesNotContain(await AskAsync(server.Endpoint.Name, TrustedHosts.Parse([host], out _)!), told => told.Id == ErrorId.CredentialsWithheld);
        Assert.Contains("Bearer s3cret-token", _seen);
    }

    [Fact]
    public async Task A_server_that_the_user_named_too_is_sent_the_token()
    {
        await using ScriptedServer server = await StartAsync(HttpProtocols.Http2);

        await AskAsync($"{server.Endpoint.Name}/of-the-checkout", TrustedHosts.None, $"{server.Endpoint.Name}/of-the-user");

        Assert.Contains("Bearer s3cret-token", _seen);
    }

    [Fact]
    public async Task A_bucket_of_a_checkout_is_asked_without_a_signature()
    {
        await using ScriptedServer server = await StartAsync(HttpProtocols.Http1);
        string host = $"http://127.0.0.1:{server.Endpoint.Port}";
        string store = $"s3://bucket?endpoint={host}&region=eu-north-1&pathStyle=true";

        Assert.Contains(await AskAsync(store, TrustedHosts.None), told => told.Id == ErrorId.CredentialsWithheld);
        Assert.NotEmpty(_seen);
        Assert.All(_seen, authorization => Assert.Equal("", authorization));

        await AskAsync(store, TrustedHosts.Parse([host], out _)!);
        Assert.Contains(_seen, authorization => authorization.Contains("AKIDSECRET", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_asset_service_of_a_checkout_is_sent_no_token()
    {
        await using ScriptedServer server = await StartAsync(HttpProtocols.Http2);
        var setting = new StoreSetting(server.Endpoint.Name, SettingSource.Checkout) { Workspace = _checkout.Root };
        using (var service = AssetService.Open(setting, out IReadOnlyList<StoreNotice> notices))
        {
            Assert.Single(notices);
            var source = new SourceDeclaration("x", "git", "https://example.org/x") { Track = "main" };
            await service.AskAsync([new AssetQuestion(source, SourceKinds.Of(source), [source.Url])], null, cancellationToken: TestContext.Current.CancellationToken);
        }

        Assert.NotEmpty(_seen);
        Assert.All(_seen, authorization => Assert.Equal("", authorization));
    }

    [Fact]
    public async Task What_comes_from_a_store_in_the_checkout_is_not_kept_in_a_store_of_the_user()
    {
        string own = _environment.Home.Folder("store"), evil = _checkout.Folder("cache");
        CacheKey key = CacheKey.Create(CacheScope.Global, ["node-modules"]);
        _checkout.File("tree/file", "evil");
        await using (var poisoned = new FileStore(evil))
        {
            await new EntryCatalog(poisoned).SaveAsync(key, [new PathToSave("tree", _checkout.PathOf("tree"))], new EntryDetails("test"), cancellationToken: TestContext.Current.CancellationToken);
        }

        var setting = new StoreSetting($"{own};{evil}", SettingSource.Checkout) { Workspace = _checkout.Root, OfUser = [own] };
        await using (var store = CacheStore.Open(setting))
        {
            Assert.Null((await new EntryCatalog(store).FindAndRestoreAsync(key, [], _checkout.PathOf("out"), cancellationToken: TestContext.Current.CancellationToken)).Entry);
            Assert.Contains("is left out", Assert.Single(store.TakeNotices()).Message, StringComparison.Ordinal);
            Assert.Empty(store.TakeNotices());
        }

        Assert.Empty(Directory.GetFiles(own, "*", SearchOption.AllDirectories));

        // By itself it is the checkout's own affair; through a link it is the same folder.
        Directory.CreateSymbolicLink(_checkout.PathOf("link"), evil);
        await using var alone = CacheStore.Open(setting with { Text = evil });
        Assert.NotNull((await new EntryCatalog(alone).FindAsync(key, cancellationToken: TestContext.Current.CancellationToken)).Entry);
        await using var linked = CacheStore.Open(setting with { Text = $"{own};{_checkout.PathOf("link")}" });
        Assert.Single(linked.TakeNotices());
    }

    private Task<ScriptedServer> StartAsync(HttpProtocols protocols) => ScriptedServer.StartAsync(async (_, context) =>
    {
        lock (_seen)
        {
            _seen.Add(context.Request.Headers.Authorization.ToString());
        }

        if (protocols == HttpProtocols.Http2)
        {
            await ScriptedServer.RefuseAsync(context, GrpcStatusCode.Unauthenticated, "no");
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
        }
    }, protocols);

    private async Task<IReadOnlyList<StoreNotice>> AskAsync(string text, TrustedHosts trusted, params string[] ofUser)
    {
        var setting = new StoreSetting(text, SettingSource.Checkout) { Workspace = _checkout.Root, TrustedHosts = trusted, OfUser = ofUser };
        await using var store = CacheStore.Open(setting);
        try
        {
            await store.Entries.GetAsync(CacheKey.Create(CacheScope.Global, ["k"]), TestContext.Current.CancellationToken);
        }
        catch (BuildCacheException error)
        {
            Assert.True(error.IsStoreFailure);
        }

        return store.TakeNotices();
    }

    public void Dispose()
    {
        _environment.Dispose();
        _checkout.Dispose();
    }
}
