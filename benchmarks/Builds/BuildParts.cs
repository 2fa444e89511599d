namespace BuildCache.Benchmarks.Builds;

/// <summary>What of the builds is measured.</summary>
[Flags]
internal enum BuildParts
{
    /// <summary>All hits against a no-op build, and against a build of a clean tree that has what a compiler writes.</summary>
    Hits = 1,

    /// <summary>All misses against a clean build without the cache.</summary>
    Misses = 2,

    /// <summary>A no-op build with BuildCache against one without.</summary>
    NoOp = 4,

    /// <summary>All hits against all hits of the compiler's own cache.</summary>
    Roslyn = 8,

    /// <summary>Parts of what a build of hits does, and what helps it.</summary>
    Shares = 16,

    /// <summary>Everything.</summary>
    All = Hits | Misses | NoOp | Roslyn | Shares,
}

/// <summary>Reads <c>--only</c> and <c>--mode</c>.</summary>
internal static class BuildPartsOption
{
    /// <summary>What to measure, in the first mode and in the others. Without <c>--mode</c> and <c>--only</c>, misses and shares are those of the first mode.</summary>
    /// <exception cref="ArgumentException">There is no such part or mode.</exception>
    public static IReadOnlyList<(BuildMode Mode, BuildParts Parts)> Parse(string? only, string? modes)
    {
        (BuildParts parts, bool inAllModes) = only switch
        {
            null => (BuildParts.All, true),
            "hits" => (BuildParts.Hits, false),
            "misses" => (BuildParts.Misses, false),
            "noop" => (BuildParts.NoOp, false),
            "shares" => (BuildParts.Shares, false),
            "roslyn" => (BuildParts.Roslyn, true),
            "modes" => (BuildParts.Hits | BuildParts.NoOp, true),
            _ => throw new ArgumentException($"'--only {only}': the parts are hits, misses, noop, shares, roslyn and modes."),
        };
        IReadOnlyList<BuildMode> chosen = modes is not null ? BuildMode.Parse(modes) : inAllModes ? BuildMode.All : [BuildMode.Plain];
        return [.. chosen.Select(mode => (mode, only is null && mode != BuildMode.Plain ? parts & ~(BuildParts.Misses | BuildParts.Shares) : parts))];
    }
}
