using System.Globalization;
using BuildCache.Benchmarks.Generation;
using BuildCache.Benchmarks.Measurement;
using static BuildCache.Benchmarks.Measurement.MarkdownTable;

namespace BuildCache.Benchmarks.Builds;

/// <summary>Where the time of a build of all hits goes that a no-op build does not take: in the compiler's task, and in MSBuild's own.</summary>
internal static class HitCostBenchmark
{
    private const string Compiler = "Csc";
    private const int Shown = 12;

    /// <summary>Measures and prints two tables.</summary>
    public static void Run(SolutionShape shape, int runs, string? scratchParent, string? importsFolder)
    {
        using var scratch = new ScratchDirectory(scratchParent);
        var tree = new GeneratedTree(scratch, shape);
        using var runner = new BuildRunner(tree, BuildMode.Plain);
        var cached = new CachedBuild(runner, scratch, Path.GetFullPath(importsFolder ?? ImportsFolder.Find()));
        int compilations = shape.Projects + 1;
        cached.Build(0, compilations);
        List<IReadOnlyDictionary<TaskName, IReadOnlyList<double>>> hits = [];
        List<IReadOnlyDictionary<TaskName, IReadOnlyList<double>>> noOps = [];
        for (int round = 0; round < runs; round++)
        {
            IReadOnlyDictionary<TaskName, IReadOnlyList<double>> Log(string name, Action<string> build)
            {
                string file = scratch[string.Create(CultureInfo.InvariantCulture, $"{name}{round}.binlog")];
                build("-bl:" + file);
                return BuildLog.Read(file);
            }

            tree.Clean();
            hits.Add(Log("hits", log => cached.Build(compilations, 0, switches: [log])));
            noOps.Add(Log("no-op", log => tree.WithNothingToDo(() => runner.Build([], switches: [log]))));
        }

        Console.WriteLine($"### The cost of a hit ({compilations} compilations, one process; {runs} rounds; milliseconds on the clock)\n\n{Calls(hits)}\n\n{Differences(hits, noOps)}\n");
    }

    private static MarkdownTable Calls(List<IReadOnlyDictionary<TaskName, IReadOnlyList<double>>> hits)
    {
        var table = new MarkdownTable("task of a build of hits", "calls", "first call", "median of the others", "all calls");
        foreach (TaskName task in hits[0].Keys.Where(task => task.IsOurs || task.Name == Compiler))
        {
            IReadOnlyList<IReadOnlyList<double>> rounds = [.. hits.Select(build => build[task])];
            table.Add(task.Name, $"{rounds[0].Count}", Number(Median.Of(rounds.Select(calls => calls[0]))),
                Number(Median.Of(rounds.SelectMany(calls => calls.Skip(1)).DefaultIfEmpty(double.NaN))), Number(Median.Of(rounds.Select(calls => calls.Sum()))));
        }

        return table;
    }

    private static MarkdownTable Differences(List<IReadOnlyDictionary<TaskName, IReadOnlyList<double>>> hits, List<IReadOnlyDictionary<TaskName, IReadOnlyList<double>>> noOps)
    {
        // By name alone: the compiler's task is ours in one of the two builds.
        static double All(IReadOnlyDictionary<TaskName, IReadOnlyList<double>> build, string name) =>
            build.Where(task => task.Key.Name == name).Sum(task => task.Value.Sum());
        var table = new MarkdownTable("task", "no-op", "hits", "more");
        foreach (var task in hits.SelectMany(build => build.Keys).Select(task => task.Name).Distinct()
            .Select(name => (Name: name, NoOp: Median.Of(noOps.Select(build => All(build, name))), Hits: Median.Of(hits.Select(build => All(build, name)))))
            .OrderByDescending(task => task.Hits - task.NoOp).Take(Shown))
        {
            table.Add(task.Name, Number(task.NoOp, "0"), Number(task.Hits, "0"), Number(task.Hits - task.NoOp, "0"));
        }

        return table;
    }
}
