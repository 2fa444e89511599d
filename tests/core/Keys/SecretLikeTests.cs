using BuildCache.Keys;

namespace BuildCache.Tests.Keys;

/// <summary>A secret among the plain inputs is warned of, because its stored digest can be guessed.</summary>
public sealed class SecretLikeTests
{
    [Theory]
    [InlineData("TOKEN")]
    [InlineData("GITHUB_TOKEN")]
    [InlineData("dbPassword")]
    [InlineData("Client.Secret")]
    [InlineData("AZURE_CLIENT_SECRET")]
    [InlineData("AWS_SECRET_ACCESS_KEY")]
    [InlineData("api-key")]
    [InlineData("ApiKey")]
    [InlineData("NUGET_PAT")]
    [InlineData("ConnectionString")]
    public void By_its_name(string name) => Assert.Equal(ErrorId.SecretAsInput, SecretLike.WarningFor("value", name, "x")?.Id);

    [Theory]
    [InlineData("PATH")]
    [InlineData("PWD")]
    [InlineData("TOKEN_FILE")]
    [InlineData("MAX_TOKENS")]
    [InlineData("monkey")]
    [InlineData("KEYBOARD")]
    [InlineData("cache-key")]
    [InlineData("compat")]
    public void Not_by_another(string name) => Assert.Null(SecretLike.WarningFor("value", name, "/usr/bin:https://host/path?x=a@b"));

    [Theory]
    [InlineData("ghp_0123456789abcdefghijklmnopqrstuvwxyz")]
    [InlineData("https://me:pass@host/x")]
    [InlineData("Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc")]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----")]
    [InlineData("AKIAIOSFODNN7EXAMPLE")]
    public void By_its_value(string value)
    {
        BuildCacheException warning = SecretLike.WarningFor("value", "x", value)!;
        Assert.Equal(ErrorId.SecretAsInput, warning.Id);
        Assert.DoesNotContain(value, warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_one_is_none() => Assert.Null(SecretLike.WarningFor("environment", "GITHUB_TOKEN", null));
}
