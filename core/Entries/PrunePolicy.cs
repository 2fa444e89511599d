namespace BuildCache.Entries;

/// <summary>What pruning keeps.</summary>
/// <param name="MaximumAge">Entries not used for longer go; <see langword="null"/> keeps them whatever their age.</param>
/// <param name="MaximumBytes">Then the least recently used go, until the blobs of the rest fit; <see langword="null"/> sets no bound.</param>
public sealed record PrunePolicy(TimeSpan? MaximumAge = null, long? MaximumBytes = null)
{
    /// <summary>
    /// A blob younger than this stays even if no entry names it: a save in progress puts its blobs first. No save takes longer
    /// than this between its first blob and its entry, or its entry is found to be stale and the work is done again.
    /// </summary>
    public static readonly TimeSpan GracePeriod = TimeSpan.FromHours(1);
}

/// <summary>What pruning did, or would do.</summary>
/// <param name="Removed">The entries that went, with the reason of each.</param>
/// <param name="KeptEntries">How many entries stayed.</param>
/// <param name="Swept">Blobs removed because no entry needs them.</param>
public sealed record PruneResult(IReadOnlyList<PrunedEntry> Removed, int KeptEntries, Stores.StoreUsage Swept);

/// <summary>An entry that pruning removed.</summary>
public sealed record PrunedEntry(CacheEntry Entry, string Reason);
