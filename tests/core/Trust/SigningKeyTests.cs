using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BuildCache.Tests.Support;
using BuildCache.Trust;

namespace BuildCache.Tests.Trust;

public sealed class SigningKeyTests : IDisposable
{
    // The key of RFC 6979, A.2.5, as OpenSSL writes it: nobody's secret.
    private const string Base64 = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgya+p2EW6dRZrXCFXZ7HWk05Qw9s26JsSe4piKxIPZyGhRANCAARg/tS6JVqdMclh63TGNW1owEm4kjth+mzmaWIuYPKftnkD/hAIuLyZpBrp6VYovGTy8bIMLX6fUXejwpTURiKZ";
    private const string Pem = $"-----BEGIN PRIVATE KEY-----\n{Base64}\n-----END PRIVATE KEY-----\n";
    private const string Sec1 = """
        -----BEGIN EC PARAMETERS-----
        BggqhkjOPQMBBw==
        -----END EC PARAMETERS-----
        -----BEGIN EC PRIVATE KEY-----
        MHcCAQEEIMmvqdhFunUWa1whV2ex1pNOUMPbNuibEnuKYisSD2choAoGCCqGSM49
        AwEHoUQDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Z5A/4QCLi8
        maQa6elWKLxk8vGyDC1+n1F3o8KU1EYimQ==
        -----END EC PRIVATE KEY-----
        """;

    private readonly TempFolder _folder = new();

    [Theory]
    [InlineData(Pem)]
    [InlineData(Sec1)]
    [InlineData(Base64)]
    [InlineData("-----BEGIN PRIVATE KEY-----\\n" + Base64 + "\\n-----END PRIVATE KEY-----\\n")]
    public void A_key_is_read_in_every_form_that_it_comes_in(string text) =>
        Assert.Equal(SignedMessageTests.GoldenId, SigningKey.Parse(text, "here").PublicKey.Id);

    [Fact]
    public void A_public_key_is_read_as_base64_and_as_PEM() =>
        Assert.Equal(SignedMessageTests.GoldenId, VerifyingKey.Parse($"-----BEGIN PUBLIC KEY-----\n{SignedMessageTests.GoldenPublicKey}\n-----END PUBLIC KEY-----\n").Id);

    [Fact]
    public void A_key_that_is_made_comes_back_from_its_file_and_signs_what_its_public_key_verifies()
    {
        var made = SigningKey.Create();
        string file = WriteKey("main.key", made.ExportPem());

        SigningKey read = SigningKeySource.Parse("main.key", _folder.Root, "'signingKey'", allowsText: false).Key;

        Assert.Equal(made.PublicKey.Id, read.PublicKey.Id);
        Assert.Equal(made.PublicKey.Id, SigningKeySource.Parse(file, null, "'signingKey'", allowsText: false).Key.PublicKey.Id);
        Assert.True(VerifyingKey.Parse(made.PublicKey.Text).Verifies("x"u8, read.Sign("x"u8)));
        Assert.False(VerifyingKey.Parse(made.PublicKey.Text).Verifies("y"u8, read.Sign("x"u8)));
    }

    [Fact]
    public void A_file_that_others_can_read_or_change_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no modes.");
        foreach (UnixFileMode mode in (UnixFileMode[])[UnixFileMode.GroupRead, UnixFileMode.OtherRead, UnixFileMode.GroupWrite, UnixFileMode.OtherWrite])
        {
            string file = WriteKey("open.key", Pem, mode);
            Assert.Contains(file, Fails.With(ErrorId.InvalidSigningKey, () => _ = SigningKeySource.Parse(file, null, "x", allowsText: false).Key).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_key_is_found_in_a_variable()
    {
        string name = $"BUILDCACHE_TEST_{Guid.NewGuid():n}";
        Environment.SetEnvironmentVariable(name, Pem);
        try
        {
            Assert.Equal(SignedMessageTests.GoldenId, SigningKeySource.Parse($"env:{name}", null, "x", allowsText: false).Key.PublicKey.Id);
        }
        finally
        {
            Environment.SetEnvironmentVariable(name, null);
        }

        Assert.Contains(name, Fails.With(ErrorId.InvalidSigningKey, () => _ = SigningKeySource.Parse($"env:{name}", null, "x", allowsText: false).Key).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_is_found_in_a_certificate_store()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 made = new CertificateRequest("CN=BuildCache test", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        // As it must be for a store to keep the private key.
        using X509Certificate2 certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.PersistKeySet);
        using var store = new X509Store(StoreName.My, StoreLocation.CurrentUser);
        store.Open(OpenFlags.ReadWrite);
        store.Add(certificate);
        try
        {
            SigningKey found = SigningKeySource.Parse($"cert:{certificate.Thumbprint}", null, "x", allowsText: false).Key;
            Assert.Equal(Convert.ToBase64String(key.ExportSubjectPublicKeyInfo()), found.PublicKey.Text);
            Assert.True(found.PublicKey.Verifies("x"u8, found.Sign("x"u8)));
        }
        finally
        {
            store.Remove(certificate);
        }

        Assert.Contains(certificate.Thumbprint, Fails.With(ErrorId.InvalidSigningKey, () => _ = SigningKeySource.Parse($"cert:{certificate.Thumbprint}", null, "x", allowsText: false).Key).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_message_has_anything_of_a_private_key()
    {
        using var otherCurve = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);
        string[] texts =
        [
            Pem[..^40], Base64[..80], Base64.Replace('M', 'N'), otherCurve.ExportPkcs8PrivateKeyPem(), rsa.ExportPkcs8PrivateKeyPem(), Convert.ToBase64String(rsa.ExportPkcs8PrivateKey()),
            ECDsa.Create(ECCurve.NamedCurves.nistP256).ExportEncryptedPkcs8PrivateKeyPem("x", new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1)),
            $"-----BEGIN PUBLIC KEY-----\n{SignedMessageTests.GoldenPublicKey}\n-----END PUBLIC KEY-----", "secret that is no key", new string('M', 500),
        ];
        foreach (string text in texts)
        {
            string[] pieces = [.. text.Split('\n').Where(line => line.Length > 8 && !line.StartsWith("-----", StringComparison.Ordinal)).Select(line => line[..8])];
            foreach (BuildCacheException error in (BuildCacheException[])
            [
                Fails.With(ErrorId.InvalidSigningKey, () => SigningKey.Parse(text, "the variable X")),
                Fails.With(ErrorId.InvalidSigningKey, () => _ = SigningKeySource.Parse(text, null, "the variable X", allowsText: true).Key),
            ])
            {
                Assert.All(pieces, piece => Assert.DoesNotContain(piece, error.ToString(), StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public void A_private_key_in_the_place_of_a_public_one_and_in_a_settings_file_is_refused_and_not_repeated()
    {
        foreach (BuildCacheException error in (BuildCacheException[])
        [
            Fails.With(ErrorId.InvalidSigningKey, () => VerifyingKey.Parse(Pem)),
            Fails.With(ErrorId.InvalidSigningKey, () => VerifyingKey.Parse(Base64)),
            Fails.With(ErrorId.InvalidSigningKey, () => SigningKeySource.Parse(Pem, _folder.Root, "'signingKey'", allowsText: false)),
            Fails.With(ErrorId.InvalidSigningKey, () => SigningKeySource.Parse(Base64, _folder.Root, "'signingKey'", allowsText: false)),
        ])
        {
            Assert.DoesNotContain(Base64[60..70], error.ToString(), StringComparison.Ordinal);
        }
    }

    public void Dispose() => _folder.Dispose();

    private string WriteKey(string name, string text, UnixFileMode others = UnixFileMode.None)
    {
        string file = _folder.File(name, text);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | others);
        }

        return file;
    }
}
