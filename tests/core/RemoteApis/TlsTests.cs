using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BuildCache.Content;
using BuildCache.RemoteApis;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.RemoteApis;

/// <summary>Encrypted connections to a real server, and those that must not be made.</summary>
public sealed class TlsTests(Casd casd) : IClassFixture<Casd>, IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly X509Certificate2 _authority = TestCertificates.Authority("authority");

    [Fact]
    public async Task A_server_whose_authority_is_named_is_trusted()
    {
        await using Relay server = Start(TestCertificates.Issue(_authority, "localhost"));
        using RemoteStorage storage = await RemoteStorage.ConnectAsync(Endpoint(server) with { CaFile = Pem(_authority) });

        byte[] content = Sample.Bytes(5_000_000);
        Assert.Equal(content, await storage.LoadAsync(await storage.StoreAsync(content)));
    }

    [Fact]
    public async Task A_certificate_that_nobody_signed_is_not_trusted()
    {
        await using Relay server = Start(TestCertificates.Issue(_authority, "localhost"));

        BuildCacheException unknown = await RefusedAsync(ErrorId.StoreNotTrusted, Endpoint(server));
        Assert.Contains("?ca=", unknown.Message, StringComparison.Ordinal);

        using X509Certificate2 other = TestCertificates.Authority("other");
        BuildCacheException wrong = await RefusedAsync(ErrorId.StoreNotTrusted, Endpoint(server) with { CaFile = Pem(other) });
        Assert.Contains("not signed by any in the CA file", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_not_trusted()
    {
        await using Relay server = Start(TestCertificates.Issue(_authority, "cache.example"));

        BuildCacheException error = await RefusedAsync(ErrorId.StoreNotTrusted, Endpoint(server) with { CaFile = Pem(_authority) });
        Assert.Contains("cache.example", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_has_expired_is_not_trusted()
    {
        await using Relay server = Start(TestCertificates.Issue(_authority, "localhost", DateTimeOffset.UtcNow.AddDays(-2)));

        BuildCacheException error = await RefusedAsync(ErrorId.StoreNotTrusted, Endpoint(server) with { CaFile = Pem(_authority) });
        Assert.Contains("not valid now", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_asks_who_is_there_is_shown_the_certificate()
    {
        X509Certificate2 client = TestCertificates.Issue(_authority, "client");
        string certificate = _folder.File("client.pem", client.ExportCertificatePem());
        string key = _folder.File("client.key", client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        await using Relay server = Start(TestCertificates.Issue(_authority, "localhost"), shown => shown?.Subject == client.Subject);
        RemoteEndpoint endpoint = Endpoint(server) with { CaFile = Pem(_authority) };

        using (RemoteStorage storage = await RemoteStorage.ConnectAsync(endpoint with { ClientCertificateFile = certificate, ClientKeyFile = key }))
        {
            Assert.NotEmpty(await storage.Blobs.FindMissingAsync([Digest.Of("absent"u8)]));
        }

        BuildCacheException error = await RefusedAsync(ErrorId.StoreAccessDenied, endpoint);
        Assert.Contains("client certificate", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Encrypted_where_the_server_is_not_and_the_other_way_round_is_named()
    {
        BuildCacheException plain = await RefusedAsync(ErrorId.StoreUnsuitable, casd.Endpoint with { Host = "localhost", IsTls = true });
        Assert.Contains("grpc://", plain.Message, StringComparison.Ordinal);

        await using Relay server = Start(TestCertificates.Issue(_authority, "localhost"));
        BuildCacheException closed = await RefusedAsync(ErrorId.StoreUnavailable, Endpoint(server) with { IsTls = false });
        Assert.Contains("grpcs://", closed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_that_hold_no_certificate_or_key_are_named()
    {
        RemoteEndpoint endpoint = casd.Endpoint with { IsTls = true };
        string text = _folder.File("text.pem", "text");

        BuildCacheException absent = await RefusedAsync(ErrorId.InvalidSetting, endpoint with { CaFile = _folder.PathOf("absent.pem") });
        Assert.Contains("absent.pem", absent.Message, StringComparison.Ordinal);
        BuildCacheException empty = await RefusedAsync(ErrorId.InvalidSetting, endpoint with { CaFile = text });
        Assert.Contains("text.pem", empty.Message, StringComparison.Ordinal);
        await RefusedAsync(ErrorId.InvalidSetting, endpoint with { ClientCertificateFile = Pem(_authority), ClientKeyFile = text });
        await RefusedAsync(ErrorId.InvalidSetting, endpoint with { ClientCertificateFile = Pem(_authority) });
        await RefusedAsync(ErrorId.InvalidStoreUri, endpoint with { IsTls = false, CaFile = Pem(_authority) });
    }

    [Fact]
    public async Task A_token_does_not_cross_a_network_unencrypted()
    {
        BuildCacheException error = await RefusedAsync(ErrorId.InvalidStoreUri, casd.Endpoint with { Host = "cache.example", Token = "secret-token" });
        Assert.DoesNotContain("secret-token", error.ToString(), StringComparison.Ordinal);

        BuildCacheException broken = await RefusedAsync(ErrorId.InvalidSetting, casd.Endpoint with { Token = "secret\ntoken" });
        Assert.DoesNotContain("token\n", broken.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", broken.ToString(), StringComparison.Ordinal);

        using RemoteStorage storage = await RemoteStorage.ConnectAsync(casd.Endpoint with { Token = "secret-token" });
    }

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    private static Task<BuildCacheException> RefusedAsync(ErrorId id, RemoteEndpoint endpoint) =>
        Fails.WithAsync(id, () => RemoteStorage.ConnectAsync(endpoint));

    private RemoteEndpoint Endpoint(Relay server) => casd.Endpoint with { Host = "localhost", Port = server.Port, IsTls = true };

    private Relay Start(X509Certificate2 certificate, Func<X509Certificate?, bool>? client = null) => new(casd.Port, new SslServerAuthenticationOptions
    {
        ServerCertificate = certificate,
        ApplicationProtocols = [SslApplicationProtocol.Http2],
        ClientCertificateRequired = client is not null,
        RemoteCertificateValidationCallback = (_, shown, _, _) => client is null || client(shown),
    });

    private string Pem(X509Certificate2 certificate) => _folder.File(certificate.Thumbprint + ".pem", certificate.ExportCertificatePem());
}

/// <summary>Certificates made for one test.</summary>
internal static class TestCertificates
{
    public static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-10), DateTimeOffset.UtcNow.AddDays(10));
    }

    public static X509Certificate2 Issue(X509Certificate2 authority, string name, DateTimeOffset? until = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 signed = request.Create(
            authority, DateTimeOffset.UtcNow.AddDays(-5), until ?? DateTimeOffset.UtcNow.AddDays(5), RandomNumberGenerator.GetBytes(8));
        using X509Certificate2 whole = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), password: null, X509KeyStorageFlags.Exportable);
    }
}
