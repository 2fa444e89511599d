namespace BuildCache.Entries;

/// <summary>How a lookup found its entry.</summary>
public enum LookupMatch
{
    /// <summary>It found none.</summary>
    None,

    /// <summary>By the very key.</summary>
    Exact,

    /// <summary>By a restore key: what was found is older or other work.</summary>
    RestoreKey,
}

/// <summary>The answer of a lookup. What it names was in the store when it was given.</summary>
/// <param name="Match">How it was found.</param>
/// <param name="Entry">The entry, unless <paramref name="Match"/> is <see cref="LookupMatch.None"/>.</param>
/// <param name="Stale">Entries that matched but whose content the store has lost; they were purged.</param>
public sealed record LookupResult(LookupMatch Match, CacheEntry? Entry, IReadOnlyList<CacheEntry> Stale)
{
    /// <summary>The times that suit files which are restored after this answer.</summary>
    public RestoredTimes Times => Match == LookupMatch.Exact ? RestoredTimes.OneForAll : RestoredTimes.Own;
}

/// <summary>What became of a save.</summary>
/// <param name="Entry">The entry under the key.</param>
/// <param name="Saved">Whether it was saved now; <see langword="false"/> when a good one was there and stays.</param>
public sealed record SaveResult(CacheEntry Entry, bool Saved);

/// <summary>How far a save or a restore has come.</summary>
/// <param name="Files">Files done.</param>
/// <param name="TotalFiles">Files in all.</param>
public readonly record struct TransferProgress(long Files, long TotalFiles);
