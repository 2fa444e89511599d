using BuildCache.Entries;
using BuildCache.Keys;

namespace BuildCache.PowerShell;

/// <summary>What became of a lookup.</summary>
/// <param name="Key">What was looked for.</param>
/// <param name="Match">How it was found.</param>
/// <param name="Entry">The entry, if it was found.</param>
/// <param name="Stale">Entries that matched and whose content the store has lost.</param>
public sealed record CacheLookupResult(CacheKey Key, LookupMatch Match, CacheEntry? Entry, IReadOnlyList<CacheEntry> Stale)
{
    /// <summary>Full paths of what was put in place; none where nothing was restored.</summary>
    public IReadOnlyList<string> Placed { get; init; } = [];

    /// <summary>Whether anything was found.</summary>
    public bool Hit => Entry is not null;

    internal static CacheLookupResult Miss(CacheKey key, IReadOnlyList<CacheEntry>? stale = null) => new(key, LookupMatch.None, null, stale ?? []);
}
