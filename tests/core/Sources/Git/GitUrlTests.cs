using BuildCache.Sources;
using BuildCache.Sources.Assets;
using BuildCache.Sources.Git;

namespace BuildCache.Tests.Sources.Git;

/// <summary>What of an address others get to see.</summary>
public sealed class GitUrlTests
{
    [Theory]
    [InlineData("https://user:hunter2@example.org/a/b.git", "https://example.org/a/b.git")]
    [InlineData("https://hunter2@example.org/a", "https://example.org/a")]
    [InlineData("https://user:hun@ter2@example.org/a@b", "https://example.org/a@b")]
    [InlineData("ssh://git@example.org:22/a", "ssh://example.org:22/a")]
    [InlineData("https://example.org/a?token=hunter2", "https://example.org/a")]
    [InlineData("git@example.org:a/b", "git@example.org:a/b")]
    [InlineData("/folder/a?b", "/folder/a?b")]
    public void Nobody_is_shown_a_secret(string url, string shown)
    {
        Assert.Equal(shown, GitUrl.WithoutSecrets(url));
        Assert.DoesNotContain("hunter2", GitUrl.ForOthers(url), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://me:hun'ter2@example.org/a", "fatal: unable to access 'https://me:hun'ter2@example.org/a/': 404")]
    [InlineData("https://me:hun%20ter2@example.org/a", "fatal: 'hun ter2' is wrong, and so is hun%20ter2")]
    [InlineData("https://example.org/a?token=hun'ter2", "fatal: repository 'https://example.org/a?token=hun'ter2/' not found")]
    [InlineData("https://example.org/a?token=hun%2fter2", "error: GET hun/ter2, token=hun%2Fter2, token%3Dhun%2Fter2")]
    [InlineData("https://hun-ter2-token@example.org/a", "fatal: could not read Password for 'hun-ter2-token'")]
    [InlineData("https://example.org/a", "warning: redirecting to https://other.example/login?next=https%3A%2F%2Fme%3Ahun%2Dter2%40example.org%2Fa")]
    [InlineData("https://example.org/a", "see https://other.example/?next=x&u=1 https%3a%2f%2fme%3ahun-ter2%40example.org%2fa")]
    [InlineData("https://example.org/a", "see https://other.example/#access_token=hun-ter2")]
    public void Nor_in_what_git_says(string url, string said) => Assert.DoesNotContain("ter2", GitUrl.WithoutSecretsOf(said, url), StringComparison.Ordinal);

    [Fact]
    public void A_service_sees_two_queries_as_two_addresses()
    {
        Assert.NotEqual(GitUrl.ForOthers("https://example.org/get?id=1"), GitUrl.ForOthers("https://example.org/get?id=2"));
        Assert.Equal(GitUrl.ForOthers("https://me:hunter2@example.org/get?id=1"), GitUrl.ForOthers("https://example.org/get?id=1"));
        Assert.StartsWith("https://example.org/get?sha256=", GitUrl.ForOthers("https://example.org/get?id=1"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_question_holds_the_addresses_without_their_secrets()
    {
        var question = new AssetQuestion(new SourceDeclaration("a", "git", "x"), new GitSource(), ["https://user:hunter2@example.org/a", "https://other:hunter3@example.org/a", "https://b/"]);

        Assert.Equal(["https://example.org/a", "https://b/"], question.Uris);
    }
}
