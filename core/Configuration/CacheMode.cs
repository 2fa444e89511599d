namespace BuildCache.Configuration;

/// <summary>How a build uses the cache.</summary>
public enum CacheMode
{
    /// <summary>Takes what is there and adds what is not.</summary>
    ReadWrite,

    /// <summary>Takes what is there and adds nothing, for builds that are not trusted to fill a shared cache.</summary>
    ReadOnly,

    /// <summary>Does all the work and adds it.</summary>
    WriteOnly,

    /// <summary>Does all the work, compares it with what is there to find work that is not repeatable, and changes nothing in the store.</summary>
    Audit,

    /// <summary>The cache is not used.</summary>
    Off,
}

/// <summary>What each mode permits.</summary>
public static class CacheModes
{
    /// <summary>Whether work may be replaced by an entry.</summary>
    public static bool Reads(this CacheMode mode) => mode is CacheMode.ReadWrite or CacheMode.ReadOnly;

    /// <summary>Whether entries may be saved.</summary>
    public static bool Writes(this CacheMode mode) => mode is CacheMode.ReadWrite or CacheMode.WriteOnly;

    /// <summary>Whether entries whose content is definitely lost may be removed.</summary>
    public static bool Purges(this CacheMode mode) => mode.Writes();

    /// <summary>Whether a mode permits all that another one does.</summary>
    public static bool Includes(this CacheMode mode, CacheMode other) =>
        other == CacheMode.Off || (mode != CacheMode.Off && (mode.Reads() || !other.Reads()) && (mode.Writes() || !other.Writes()));
}
