using BuildCache.Benchmarks.Generation;
using BuildCache.Benchmarks.Measurement;
using static BuildCache.Benchmarks.Measurement.MarkdownTable;

namespace BuildCache.Benchmarks.Builds;

/// <summary>Building a solution with the cache, against building it without one and with the compiler's own.</summary>
internal static class BuildBenchmark
{
    private const double MostOfNoOp = 1.25;
    private const double MostOfClean = 1.05;
    private const string Clean = "clean build, no cache";
    private const string NoOp = "no-op build, no cache";
    private const string Misses = "all misses, store and memory empty";
    private const string Hits = "all hits";
    private const string NoOpAfterHits = "no-op build after hits";
    private const string HitsWithoutMemory = "all hits, no file hashed before";
    private const string HitsOfIl = "all hits, tools not compiled ahead of time";
    private const string RoslynHits = "all hits of the compiler's own cache";

    /// <summary>Measures and prints two tables.</summary>
    public static void Run(SolutionShape shape, int runs, string? scratchParent, string? importsFolder, bool withRoslyn)
    {
        using var scratch = new ScratchDirectory(scratchParent);
        string imports = Path.GetFullPath(importsFolder ?? ImportsFolder.Find());
        var tree = new GeneratedTree(scratch, shape);
        var cached = new CachedBuild(tree, scratch, imports);
        var cachedByIl = new CachedBuild(tree, scratch, CachedBuild.WithoutReadyToRun(imports, scratch["il"]));
        var roslyn = new RoslynCachedBuild(tree, scratch);
        int compilations = shape.Projects + 1;
        List<Scenario> scenarios =
        [
            new(Clean, tree.Clean, () => tree.Build(["UseSharedCompilation=false"])),
            new(NoOp, () => { }, () => tree.Build(["UseSharedCompilation=false"])),
            new(Misses, () => { tree.Clean(); cached.Forget(); }, () => cached.Build(0, compilations)),
            new(Hits, tree.Clean, () => cached.Build(compilations, 0)),
            new(NoOpAfterHits, () => { }, () => cached.Build(0, 0)),
            new(HitsOfIl, tree.Clean, () => cachedByIl.Build(compilations, 0)),
            new(HitsWithoutMemory, () => { tree.Clean(); cached.ForgetHashes(); }, () => cached.Build(compilations, 0)),
        ];
        if (withRoslyn)
        {
            tree.Clean();
            roslyn.Build(isFilled: false);
            scenarios.Add(new(RoslynHits, tree.Clean, () => roslyn.Build(isFilled: true)));
        }

        IReadOnlyDictionary<string, IReadOnlyList<Cost>> costs = Scenario.RunInTurns(scenarios, runs);
        Print(shape, runs, costs, withRoslyn);
    }

    private static void Print(SolutionShape shape, int runs, IReadOnlyDictionary<string, IReadOnlyList<Cost>> costs, bool withRoslyn)
    {
        var builds = new MarkdownTable("build", "CPU s", "wall s", "of clean");
        foreach ((string name, IReadOnlyList<Cost> of) in costs)
        {
            builds.Add(name, Number(Median.Of(of.Select(cost => cost.CpuSeconds))), Number(Median.Of(of.Select(cost => cost.WallSeconds))),
                Number(100 * Scenario.Ratio(of, costs[Clean], cost => cost.CpuSeconds), "0.0") + " %");
        }

        var ratios = new MarkdownTable("ratio of CPU seconds", "median");
        double Ratio(string name, string reference) => Scenario.Ratio(costs[name], costs[reference], cost => cost.CpuSeconds);
        ratios.Add("all hits / no-op", MarkdownTable.Ratio(Ratio(Hits, NoOp), MostOfNoOp));
        ratios.Add("all misses / clean without cache", MarkdownTable.Ratio(Ratio(Misses, Clean), MostOfClean));
        ratios.Add("no-op after hits / no-op", Number(Ratio(NoOpAfterHits, NoOp)));
        ratios.Add("all hits / all hits with no file hashed before", Number(Ratio(Hits, HitsWithoutMemory)));
        ratios.Add("all hits / all hits with tools not compiled ahead of time", Number(Ratio(Hits, HitsOfIl)));
        if (withRoslyn)
        {
            ratios.Add("all hits / all hits of the compiler's own cache", MarkdownTable.Ratio(Ratio(Hits, RoslynHits), 1));
        }

        Console.WriteLine($"### Builds ({shape.Projects} libraries of {shape.Classes} classes on {shape.Depth} levels and a program; {runs} rounds)\n\n{builds}\n\n{ratios}\n");
    }
}
