using BuildCache.Benchmarks.Generation;
using BuildCache.Benchmarks.Measurement;
using static BuildCache.Benchmarks.Measurement.MarkdownTable;

namespace BuildCache.Benchmarks.Builds;

/// <summary>Building a solution with the cache, against building it without one and with the compiler's own.</summary>
internal static class BuildBenchmark
{
    private const double MostOfNoOp = 1.10;
    private const double MostOfClean = 1.03;
    private const double MostOfNoOpWithout = 1.02;
    private const double MostOfRoslyn = 0.50;

    /// <summary>Measures and prints two tables.</summary>
    /// <param name="shape">The solution.</param>
    /// <param name="runs">Rounds.</param>
    /// <param name="scratchParent">Where to work.</param>
    /// <param name="importsFolder">Where to import BuildCache from.</param>
    /// <param name="what">What to measure in which mode.</param>
    public static void Run(SolutionShape shape, int runs, string? scratchParent, string? importsFolder, IReadOnlyList<(BuildMode Mode, BuildParts Parts)> what)
    {
        using var scratch = new ScratchDirectory(scratchParent);
        string imports = Path.GetFullPath(importsFolder ?? ImportsFolder.Find());
        var tree = new GeneratedTree(scratch, shape);
        int compilations = shape.Projects + 1;
        BuildParts all = what.Aggregate(default(BuildParts), (parts, of) => parts | of.Parts);
        Fill(tree, scratch, imports, compilations, all);
        List<ModeScenarios> modes = [.. what.Select(of => new ModeScenarios(of.Mode, of.Parts, tree, scratch, imports, compilations))];
        try
        {
            IReadOnlyDictionary<string, IReadOnlyList<Cost>> costs = Scenario.RunInTurns([.. modes.SelectMany(mode => mode.Scenarios)], runs);
            Console.WriteLine($"### Builds ({shape.Projects} libraries of {shape.Classes} classes on {shape.Depth} levels and a program; {runs} rounds)\n");
            Print(modes, costs);
        }
        finally
        {
            modes.ForEach(mode => mode.Dispose());
        }
    }

    // Both caches, and the files that a build without a compiler finds in place.
    private static void Fill(GeneratedTree tree, ScratchDirectory scratch, string imports, int compilations, BuildParts parts)
    {
        using var plain = new BuildRunner(tree, BuildMode.Plain);
        using var withServer = new BuildRunner(tree, BuildMode.Plain.WithCompilerServer());
        if (parts.HasFlag(BuildParts.Roslyn))
        {
            tree.Clean();
            new RoslynCachedBuild(withServer, scratch).Build(isFilled: false);
        }

        tree.Clean();
        new CachedBuild(plain, scratch, imports).Build(0, compilations);
        tree.KeepCompiled();
    }

    private static void Print(IReadOnlyList<ModeScenarios> modes, IReadOnlyDictionary<string, IReadOnlyList<Cost>> costs)
    {
        var builds = new MarkdownTable("build", "CPU s", "wall s");
        foreach ((string name, IReadOnlyList<Cost> of) in costs)
        {
            builds.Add(name, Number(Median.Of(of.Select(cost => cost.CpuSeconds))), Number(Median.Of(of.Select(cost => cost.WallSeconds))));
        }

        var ratios = new MarkdownTable("ratio of CPU seconds", "mode", "median and range");
        foreach ((string what, Func<ModeScenarios, string> build, Func<ModeScenarios, string> reference, double? limit) in ((string, Func<ModeScenarios, string>, Func<ModeScenarios, string>, double?)[])
        [
            ("all hits / no-op", mode => mode.Hits, mode => mode.NoOp, MostOfNoOp),
            ("all misses / clean without cache", mode => mode.Misses, mode => mode.Clean, MostOfClean),
            ("no-op with BuildCache / no-op without", mode => mode.NoOpWith, mode => mode.NoOp, MostOfNoOpWithout),
            ("all hits / all hits of the compiler's own cache", mode => mode.Hits, mode => mode.RoslynHits, MostOfRoslyn),
            ("compiled files in place, compiler not run / no-op", mode => mode.Placed, mode => mode.NoOp, null),
            ("all hits / compiled files in place, compiler not run", mode => mode.Hits, mode => mode.Placed, null),
            ("all hits / all hits with tools not compiled ahead of time", mode => mode.Hits, mode => mode.HitsOfIl, null),
            ("all hits / all hits with no file hashed before", mode => mode.Hits, mode => mode.HitsWithoutMemory, null),
        ])
        {
            foreach (ModeScenarios mode in modes)
            {
                if (costs.TryGetValue(build(mode), out IReadOnlyList<Cost>? of) && costs.TryGetValue(reference(mode), out IReadOnlyList<Cost>? to))
                {
                    ratios.Add(what, mode.Mode, Ratios(Scenario.Ratios(of, to, cost => cost.CpuSeconds), limit));
                }
            }
        }

        Console.WriteLine($"{builds}\n\n{ratios}\n");
    }
}
