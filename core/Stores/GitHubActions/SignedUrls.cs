using System.Collections.Concurrent;
using System.Globalization;

namespace BuildCache.Stores.GitHubActions;

/// <summary>Remembers what the service found, for as long as the signed URL of it is good. Safe for several threads.</summary>
internal sealed class SignedUrls(TimeProvider clock)
{
    // An archive may be evicted under a URL that is still good, so no answer is believed for longer than this.
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_margin = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, (FoundArchive Archive, DateTimeOffset Until)> _found = new(StringComparer.Ordinal);

    public FoundArchive? Get(string prefix) =>
        _found.TryGetValue(prefix, out (FoundArchive Archive, DateTimeOffset Until) found) && clock.GetUtcNow() < found.Until ? found.Archive : null;

    public void Remember(string prefix, FoundArchive archive) => _found[prefix] = (archive, GoodUntil(archive.Url));

    /// <summary>Forgets all: what a save relies on is asked for by that save.</summary>
    public void ForgetAll() => _found.Clear();

    public void Forget(string prefix) => _found.TryRemove(prefix, out _);

    // 'se' is where a shared access signature says when it ends.
    private DateTimeOffset GoodUntil(Uri url)
    {
        DateTimeOffset latest = clock.GetUtcNow() + s_longest;
        foreach (string option in url.Query.TrimStart('?').Split('&'))
        {
            if (option.StartsWith("se=", StringComparison.Ordinal)
                && DateTimeOffset.TryParse(Uri.UnescapeDataString(option[3..]), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset end)
                && end - s_margin < latest)
            {
                return end - s_margin;
            }
        }

        return latest;
    }
}
