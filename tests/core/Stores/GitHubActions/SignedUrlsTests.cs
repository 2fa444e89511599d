using BuildCache.Stores.GitHubActions;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Stores.GitHubActions;

public sealed class SignedUrlsTests
{
    private readonly FakeClock _clock = new();

    [Theory]
    [InlineData(60, 20, 40)]
    [InlineData(3600, 280, 310)]
    [InlineData(-5, null, 0)]
    public void A_url_is_used_until_shortly_before_it_ends_and_never_for_long(int endsAfter, int? good, int bad)
    {
        var urls = new SignedUrls(_clock);
        string end = Uri.EscapeDataString(_clock.GetUtcNow().AddSeconds(endsAfter).ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture));
        urls.Remember("prefix", new FoundArchive("prefix-0", new Uri($"https://host/blob?sv=1&se={end}&sig=x")));

        if (good is { } seconds)
        {
            _clock.Ahead = TimeSpan.FromSeconds(seconds);
            Assert.NotNull(urls.Get("prefix"));
        }

        _clock.Ahead = TimeSpan.FromSeconds(bad);
        Assert.Null(urls.Get("prefix"));
    }

    [Fact]
    public void A_signed_url_is_not_in_the_text_of_what_was_found() =>
        Assert.DoesNotContain("sig", new FoundArchive("key", new Uri("https://host/blob?sig=x")).ToString(), StringComparison.Ordinal);
}
