using BuildCache.Benchmarks.Measurement;

namespace BuildCache.Benchmarks.Builds;

/// <summary>Runs builds of a tree in one mode, with servers of its own, and counts every process that takes part.</summary>
/// <remarks>
/// A process that outlives a build is waited for (nodes and task hosts end by themselves), ended (a compiler server, which is
/// cold in each build so), or kept (an MSBuild server and what runs below it). In each case its CPU time is part of the build's.
/// </remarks>
internal sealed class BuildRunner(GeneratedTree tree, BuildMode mode) : IDisposable
{
    private readonly string _name = "buildcache-benchmark-" + Guid.NewGuid().ToString("N");
    private IReadOnlyList<Descendant> _kept = [];

    /// <summary>Builds.</summary>
    /// <param name="properties">Properties of the build, <c>Name=Value</c>.</param>
    /// <param name="environment">Variables of the build.</param>
    /// <param name="switches">More for the command line.</param>
    /// <exception cref="InvalidOperationException">The build failed, or did not run in this mode.</exception>
    public Cost Build(IEnumerable<string> properties, IReadOnlyDictionary<string, string?>? environment = null, IEnumerable<string>? switches = null)
    {
        IReadOnlyList<Descendant> others = [.. ProcessTree.Descendants().Where(descendant => !IsKept(descendant))];
        double keptBefore = _kept.Sum(descendant => descendant.CpuSeconds);
        (double userBefore, double systemBefore) = ChildUsage.Read();
        Cost cost = tree.Build(
            [.. mode.Switches, mode.HasBuildServer ? "-nr:true" : "-nr:false", .. switches ?? []],
            [mode.HasCompilerServer ? "SharedCompilationId=" + _name : "", "UseSharedCompilation=" + (mode.HasCompilerServer ? "true" : "false"), .. properties],
            new Dictionary<string, string?>(environment ?? new Dictionary<string, string?>())
            {
                // No node or server of another build answers to this salt.
                ["MSBUILDNODEHANDSHAKESALT"] = _name,
                ["MSBUILDUSESERVER"] = mode.HasBuildServer ? "1" : "0",
                ["DOTNET_CLI_USE_MSBUILD_SERVER"] = mode.HasBuildServer ? "1" : "0",
            });
        IReadOnlyList<Descendant> Outliving() => [.. ProcessTree.Descendants().Where(descendant => !others.Any(other => IsSame(descendant, other)))];
        if (mode.HasBuildServer)
        {
            _kept = Outliving();
            if (!_kept.Any(descendant => descendant.CommandLine.Contains("nodemode:8", StringComparison.OrdinalIgnoreCase)))
            {
                throw new InvalidOperationException("The build has started no MSBuild server.");
            }
        }
        else
        {
            foreach (Descendant server in Outliving().Where(descendant => descendant.CommandLine.Contains(_name, StringComparison.Ordinal)))
            {
                ProcessTree.End(server);
            }

            ProcessTree.WaitUntil(() => Outliving().Count == 0, $"This outlives the build: {string.Join("; ", Outliving())}");
        }

        (double user, double system) = ChildUsage.Read();
        // What is kept tells its time in one figure.
        double kept = _kept.Sum(descendant => descendant.CpuSeconds) - keptBefore;
        return new Cost(user - userBefore + kept, system - systemBefore, cost.WallSeconds);
    }

    /// <summary>Ends the servers.</summary>
    public void Dispose()
    {
        foreach (Descendant server in _kept)
        {
            ProcessTree.End(server);
        }

        _kept = [];
    }

    private bool IsKept(Descendant descendant) => _kept.Any(kept => IsSame(descendant, kept));

    private static bool IsSame(Descendant one, Descendant other) => one.Id == other.Id && one.StartedTicks == other.StartedTicks;
}
