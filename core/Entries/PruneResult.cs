namespace BuildCache.Entries;

/// <summary>What pruning did, or would do.</summary>
/// <param name="Removed">The entries that went, with the reason of each.</param>
/// <param name="KeptEntries">How many entries stayed.</param>
/// <param name="Swept">Blobs removed because no entry needs them.</param>
public sealed record PruneResult(IReadOnlyList<PrunedEntry> Removed, int KeptEntries, Stores.StoreUsage Swept);

/// <summary>An entry that pruning removed.</summary>
public sealed record PrunedEntry(CacheEntry Entry, string Reason);
