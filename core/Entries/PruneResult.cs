namespace BuildCache.Entries;

/// <summary>What pruning did, or would do.</summary>
public sealed record PruneResult
{
    /// <summary>How many entries went.</summary>
    public long RemovedEntries { get; init; }

    /// <summary>The bytes of the content that only they held.</summary>
    public long FreedBytes { get; init; }

    /// <summary>How many entries stayed.</summary>
    public long KeptEntries { get; init; }

    /// <summary>The bytes of the content that they hold, each blob counted once.</summary>
    public long KeptBytes { get; init; }

    /// <summary>How many of those that stayed were to go, and were used or replaced meanwhile.</summary>
    public long InUse { get; init; }

    /// <summary>How many of those that stayed nothing could touch, because they were used within <see cref="Pruning.PrunePolicy.KeepDuration"/>.</summary>
    public long KeptByDuration { get; init; }

    /// <summary>How many bytes were to stay, or <see langword="null"/> when the store was within its limits or had none.</summary>
    public long? BytesToKeep { get; init; }

    /// <summary>The bytes by which the limit was missed: what holds them was in use, was used too recently, or was to stay.</summary>
    public long ExcessBytes => Math.Max(0, KeptBytes - (BytesToKeep ?? long.MaxValue));

    /// <summary>Blobs that were deleted because no entry needs them, and their bytes. What was written within the last hour is left to a later run.</summary>
    public Stores.StoreUsage Swept { get; init; }
}

/// <summary>An entry that pruning removes.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Reason">Why it goes, in words.</param>
public sealed record PrunedEntry(CacheEntry Entry, string Reason);
