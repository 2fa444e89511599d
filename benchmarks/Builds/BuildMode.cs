namespace BuildCache.Benchmarks.Builds;

/// <summary>A way of running MSBuild.</summary>
/// <param name="Key">What <c>--mode</c> calls it.</param>
/// <param name="Name">What the tables call it.</param>
/// <param name="Switches">What it adds to the command line.</param>
/// <param name="HasCompilerServer">Whether the compiler runs in a server.</param>
/// <param name="HasBuildServer">Whether MSBuild does. The server, and a compiler server below it, stay from build to build.</param>
internal sealed record BuildMode(string Key, string Name, IReadOnlyList<string> Switches, bool HasCompilerServer = false, bool HasBuildServer = false)
{
    /// <summary>Everything in one process, but for the compiler, which is started for each compilation.</summary>
    public static BuildMode Plain { get; } = new("plain", "one process", ["-m:1"]);

    /// <summary>All modes.</summary>
    public static IReadOnlyList<BuildMode> All { get; } =
    [
        Plain,
        new("compiler-server", "one process, compiler server cold", ["-m:1"], HasCompilerServer: true),
        new("m2", "two processes", ["-m:2"]),
        new("mt", "two threads (`-mt`)", ["-mt", "-m:2"]),
        new("server", "MSBuild server, warm", ["-m:1"], HasBuildServer: true),
    ];

    /// <summary>The same with a compiler server.</summary>
    public BuildMode WithCompilerServer() => this with { HasCompilerServer = true };

    /// <summary>The modes that a list of keys names.</summary>
    /// <exception cref="ArgumentException">One of them names none.</exception>
    public static IReadOnlyList<BuildMode> Parse(string keys) =>
        [.. keys.Split(',').Select(key => All.FirstOrDefault(mode => mode.Key == key)
            ?? throw new ArgumentException($"'--mode {key}': the modes are {string.Join(", ", All.Select(mode => mode.Key))}."))];
}
