namespace BuildCache.Sources;

/// <summary>Who is asked for the commit that a branch is at.</summary>
public enum TrackPolicy
{
    /// <summary>The source itself.</summary>
    Native,

    /// <summary>An asset service; what it cannot say, the source itself.</summary>
    AssetThenNative,

    /// <summary>An asset service alone; what it cannot say is an error.</summary>
    AssetOnly,
}
