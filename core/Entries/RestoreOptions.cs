namespace BuildCache.Entries;

/// <summary>How an entry is restored.</summary>
public sealed record RestoreOptions
{
    /// <summary>Which times the restored files get; <see langword="null"/> for what suits how the entry was found, and for their own where that is not known.</summary>
    public RestoredTimes? Times { get; init; }

    /// <summary>
    /// Whether links are made that lead out of what was saved. The entry says where they lead, and what is written through them later
    /// is written there: only for stores whose writers are trusted.
    /// </summary>
    public bool AllowsOutsideLinks { get; init; }

    /// <summary>What the entry may hold; <see langword="null"/> where the destination of each path is the caller's own word.</summary>
    public ExpectedPaths? Expected { get; init; }

    /// <summary>
    /// Knows what at a destination came from a cache. With it, a restore is refused that would remove a file that the entry does not have
    /// and that is in no cache; without it, what is at a destination gives way.
    /// </summary>
    public PlacedDirectories? Protects { get; init; }
}

/// <summary>Which times restored files and directories get.</summary>
public enum RestoredTimes
{
    /// <summary>
    /// Those that they had when they were saved, where the entry kept them. For what a restore key or a volume brings: it was made of other
    /// sources, so a build tool has to see that it is older than what changed since.
    /// </summary>
    Own,

    /// <summary>
    /// The time of the restore, the same for all. For an exact hit: what was made of equal sources is newer than a fresh checkout of them,
    /// and no file of it is newer than another, so that a build tool that compares times finds nothing to do.
    /// </summary>
    OneForAll,
}
