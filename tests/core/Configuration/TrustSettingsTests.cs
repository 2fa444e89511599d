using BuildCache.Configuration;
using BuildCache.Keys;
using BuildCache.Tests.Support;
using BuildCache.Tests.Trust;
using BuildCache.Trust;

namespace BuildCache.Tests.Configuration;

public sealed class TrustSettingsTests : IDisposable
{
    private const string Key = SignedMessageTests.GoldenPublicKey;
    private static readonly string s_other = SigningKey.Create().PublicKey.Text;
    private static readonly CacheScope s_acme = CacheScope.Parse("project:acme");
    private static readonly CacheScope s_docs = CacheScope.Parse("project:docs");
    private readonly TempFolder _folder = new();

    [Fact]
    public void Without_settings_nothing_is_signed_or_required() => Assert.True(Read(null).IsEmpty);

    [Fact]
    public void A_signer_counts_everywhere_or_in_the_scopes_that_are_named()
    {
        Assert.True(Read($$"""{ "trust": { "signers": [{ "name": "main", "key": "{{Key}}" }] } }""").Trusts(VerifyingKey.Parse(Key), s_acme));
        SignaturePolicy limited = Read($$"""{ "project": "p", "trust": { "signers": [{ "name": "main", "key": "{{Key}}", "scopes": ["project:docs"], }], "required": ["project:acme"] } }""");

        Assert.False(limited.Trusts(VerifyingKey.Parse(Key), s_acme));
        Assert.True(limited.Trusts(VerifyingKey.Parse(Key), s_docs));
        Assert.True(limited.Requires(s_acme));
        Assert.False(limited.Requires(s_docs));
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("false", false)]
    [InlineData("[]", false)]
    [InlineData("[\"*\"]", true)]
    public void Signatures_are_required_everywhere_or_nowhere(string value, bool isRequired) =>
        Assert.Equal(isRequired, Read($$"""{ "trust": { "required": {{value}} } }""").Requires(s_acme));

    [Fact]
    public void A_public_key_may_lie_in_a_file_beside_the_settings()
    {
        _folder.File("main.pub", $"-----BEGIN PUBLIC KEY-----\n{Key}\n-----END PUBLIC KEY-----\n");

        Assert.True(Read("""{ "trust": { "signers": [{ "name": "main", "keyFile": "main.pub" }] } }""").Trusts(VerifyingKey.Parse(Key), s_acme));
    }

    [Fact]
    public void The_environment_adds_and_takes_nothing_away()
    {
        SignaturePolicy policy = Read(
            $$"""{ "trust": { "signers": [{ "name": "main", "key": "{{Key}}", "scopes": ["project:acme"] }], "required": ["project:acme"] } }""",
            trust: $$"""{ "signers": [{ "name": "main", "key": "{{Key}}", "scopes": ["project:docs"] }, { "name": "other", "key": "{{s_other}}" }], "required": false }""");

        Assert.True(policy.Requires(s_acme));
        Assert.True(policy.Trusts(VerifyingKey.Parse(Key), s_acme));
        Assert.True(policy.Trusts(VerifyingKey.Parse(Key), s_docs));
        Assert.True(policy.Trusts(VerifyingKey.Parse(s_other), s_docs));
    }

    [Fact]
    public void The_signing_key_of_the_environment_comes_before_that_of_the_settings()
    {
        (SigningKey first, SigningKey second) = (SigningKey.Create(), SigningKey.Create());
        string file = _folder.File("second.key", second.ExportPem());
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead);
        }

        Assert.Equal(second.PublicKey.Id, Read("""{ "signingKey": "second.key" }""").SigningKey!.Key.PublicKey.Id);
        Assert.Equal(first.PublicKey.Id, Read("""{ "signingKey": "second.key" }""", key: first.ExportPem()).SigningKey!.Key.PublicKey.Id);
    }

    [Fact]
    public void A_signing_key_that_is_not_there_troubles_only_who_signs()
    {
        SignaturePolicy policy = Read("""{ "signingKey": "nowhere.key" }""");

        Assert.Contains("nowhere.key", Fails.With(ErrorId.InvalidSigningKey, () => _ = policy.SigningKey!.Key).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "trust": 7 }""", "trust")]
    [InlineData("""{ "trust": { "signer": [] } }""", "signer")]
    [InlineData("""{ "trust": { "signers": {} } }""", "signers")]
    [InlineData("""{ "trust": { "signers": ["main"] } }""", "signers")]
    [InlineData("""{ "trust": { "signers": [{ "key": "KEY" }] } }""", "name")]
    [InlineData("""{ "trust": { "signers": [{ "name": "main" }] } }""", "keyFile")]
    [InlineData("""{ "trust": { "signers": [{ "name": "main", "key": "KEY", "keyFile": "x" }] } }""", "keyFile")]
    [InlineData("""{ "trust": { "signers": [{ "name": "main", "keyFile": "absent.pub" }] } }""", "absent.pub")]
    [InlineData("""{ "trust": { "signers": [{ "name": "main", "key": "banana" }] } }""", "main")]
    [InlineData("""{ "trust": { "signers": [{ "name": "main", "key": "KEY", "scopes": "project:acme" }] } }""", "scopes")]
    [InlineData("""{ "trust": { "signers": [{ "name": "main", "key": "KEY", "scopes": ["project"] }] } }""", "project")]
    [InlineData("""{ "trust": { "signers": [{ "name": "main", "key": "KEY" }, { "name": "main", "key": "OTHER" }] } }""", "main")]
    [InlineData("""{ "trust": { "signers": [{ "name": "main", "key": "KEY" }, { "name": "copy", "key": "KEY" }] } }""", "copy")]
    [InlineData("""{ "trust": { "signers": [{ "name": "unsigned", "key": "KEY" }] } }""", "unsigned")]
    [InlineData("""{ "trust": { "required": "yes" } }""", "required")]
    [InlineData("""{ "trust": { "required": ["everything"] } }""", "everything")]
    [InlineData("""{ "trust": { "required": true, "required": false } }""", "required")]
    [InlineData("""{ "signingKey": 7 }""", "signingKey")]
    public void Anything_else_is_refused_with_its_place(string json, string named)
    {
        BuildCacheException error = Fails.With(ErrorId.InvalidConfiguration,
            () => Read(json.Replace("KEY", Key, StringComparison.Ordinal).Replace("OTHER", s_other, StringComparison.Ordinal)));

        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Contains("buildcache.json(1)", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("trust", "{ \"required\": false }")]
    [InlineData("signingKey", "\"/some/key\"")]
    public void A_checkout_that_says_whom_to_trust_is_refused_in_words(string name, string value)
    {
        string file = _folder.File("buildcache.json", $$"""{ "project": "p", "{{name}}": {{value}} }""");

        Setting refused = Assert.Single(SettingsFile.Read(file, SettingSource.Checkout).Refused);

        Assert.Equal(name, refused.Name);
        Assert.Contains(UserDirectories.SettingsFile, refused.Refused, StringComparison.Ordinal);
        Assert.Empty(SettingsFile.Read(file, SettingSource.User).Refused);
    }

    public void Dispose() => _folder.Dispose();

    private SignaturePolicy Read(string? json, string? trust = null, string? key = null) => TrustSettings.Read(
        json is null ? _folder.PathOf("absent.json") : _folder.File("buildcache.json", json),
        name => name == TrustSettings.TrustVariable ? trust : name == TrustSettings.SigningKeyVariable ? key : null);
}
