using BuildCache.Benchmarks.Measurement;

namespace BuildCache.Benchmarks.Builds;

/// <summary>The builds that are compared in one mode. Each has servers of its own where the mode has servers.</summary>
internal sealed class ModeScenarios : IDisposable
{
    // In its first builds a server starts, and then compiles again, in the background, what runs often: builds of thirty projects
    // took three times the CPU time of later ones, up to the sixth.
    private const int WarmUpsOfServer = 8;

    private readonly List<BuildRunner> _runners = [];
    private readonly GeneratedTree _tree;
    private readonly ScratchDirectory _scratch;
    private readonly BuildMode _mode;
    private readonly int _compilations;

    public ModeScenarios(BuildMode mode, BuildParts parts, GeneratedTree tree, ScratchDirectory scratch, string imports, int compilations)
    {
        (_mode, _tree, _scratch, _compilations) = (mode, tree, scratch, compilations);
        // A build that has nothing to do comes after one that has done all.
        if (parts.HasFlag(BuildParts.Misses))
        {
            BuildRunner clean = NewRunner();
            Add(Clean, tree.Clean, () => clean.Build([]));
            CachedBuild misses = NewCachedBuild(imports);
            Add(Misses, () => { tree.Clean(); misses.Forget(); }, () => misses.Build(0, compilations));
        }

        if ((parts & (BuildParts.Hits | BuildParts.Roslyn | BuildParts.Shares)) != 0)
        {
            AddHits(Hits, tree.Clean, imports);
        }

        if ((parts & (BuildParts.Hits | BuildParts.NoOp | BuildParts.Shares)) != 0)
        {
            BuildRunner runner = NewRunner();
            Add(NoOp, () => { }, () => tree.WithNothingToDo(() => runner.Build([])));
        }

        if (parts.HasFlag(BuildParts.NoOp))
        {
            CachedBuild nothing = NewCachedBuild(imports);
            Add(NoOpWith, () => { }, () => tree.WithNothingToDo(() => nothing.Build(0, 0)));
        }

        if ((parts & (BuildParts.Hits | BuildParts.Shares)) != 0)
        {
            BuildRunner runner = NewRunner();
            Add(Placed, tree.PlaceCompiled, () => runner.Build(["SkipCompilerExecution=true"]));
        }

        if (parts.HasFlag(BuildParts.Shares))
        {
            AddHits(HitsOfIl, tree.Clean, CachedBuild.WithoutReadyToRun(imports, scratch["il-" + mode.Key]));
            CachedBuild forgetful = NewCachedBuild(imports);
            Add(HitsWithoutMemory, () => { tree.Clean(); forgetful.ForgetHashes(); }, () => forgetful.Build(compilations, 0));
        }

        if (parts.HasFlag(BuildParts.Roslyn))
        {
            var roslyn = new RoslynCachedBuild(NewRunner(mode.WithCompilerServer()), scratch);
            Add(RoslynHits, tree.Clean, () => roslyn.Build(isFilled: true));
        }
    }

    public List<Scenario> Scenarios { get; } = [];

    public string Mode => _mode.Name;

    public string Clean => NameOf("clean build, no cache");

    public string Misses => NameOf("all misses, store and memory empty");

    public string Hits => NameOf("all hits");

    public string NoOp => NameOf("no-op build, no cache");

    public string NoOpWith => NameOf("no-op build with BuildCache");

    public string Placed => NameOf("clean tree, compiled files in place, compiler not run");

    public string HitsOfIl => NameOf("all hits, tools not compiled ahead of time");

    public string HitsWithoutMemory => NameOf("all hits, no file hashed before");

    public string RoslynHits => NameOf("all hits of the compiler's own cache");

    public void Dispose() => _runners.ForEach(runner => runner.Dispose());

    private string NameOf(string build) => $"{_mode.Name}: {build}";

    private void AddHits(string name, Action prepare, string imports)
    {
        CachedBuild hits = NewCachedBuild(imports);
        Add(name, prepare, () => hits.Build(_compilations, 0));
    }

    private void Add(string name, Action prepare, Func<Cost> build) =>
        Scenarios.Add(new Scenario(name, prepare, build) { WarmUps = _mode.HasBuildServer ? WarmUpsOfServer : 0, MayFail = _mode != BuildMode.Plain });

    private CachedBuild NewCachedBuild(string imports) => new(NewRunner(), _scratch, imports);

    private BuildRunner NewRunner(BuildMode? mode = null)
    {
        var runner = new BuildRunner(_tree, mode ?? _mode);
        _runners.Add(runner);
        return runner;
    }
}
