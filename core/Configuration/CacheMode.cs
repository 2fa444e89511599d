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

    /// <summary>Does all the work and compares it with what is there, to find work that is not repeatable.</summary>
    Audit,

    /// <summary>Is not there.</summary>
    Off,
}
