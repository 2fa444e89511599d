using BuildCache.Benchmarks.Measurement;
using BuildCache.Stores.File;
using static BuildCache.Benchmarks.Measurement.MarkdownTable;

namespace BuildCache.Benchmarks.Pruning;

/// <summary>Pruning stores of different sizes to half.</summary>
internal static class PruneBenchmark
{
    private static readonly int[] s_sizes = [10_000, 100_000];

    /// <summary>Measures and prints a table.</summary>
    public static async Task RunAsync(int runs, string? scratchParent)
    {
        var table = new MarkdownTable("entries", "", "seconds", "CPU seconds", "peak MiB", "of a walk");
        foreach (int size in s_sizes)
        {
            using var scratch = new ScratchDirectory(scratchParent);
            string store = scratch["store"];
            await CrowdedStore.FillAsync(store, size);
            string half;
            await using (var opened = new FileStore(store))
            {
                half = Number((await opened.MeasureAsync()).Bytes / 2, "0");
            }

            Scenario walk = new("a walk over its files", () => { }, () => MeasuredProcess.RunSelf("prune-walk", store));
            Scenario plan = new("a plan", () => { }, () => MeasuredProcess.RunSelf("prune-plan", store, half));
            IReadOnlyDictionary<string, IReadOnlyList<Cost>> costs = Scenario.RunInTurns([walk, plan], runs, warmUps: 1);
            // Once: what is pruned is gone.
            Cost pruned = MeasuredProcess.RunSelf("prune-run", store, half);
            double walked = Median.Of(costs[walk.Name].Select(cost => cost.WallSeconds));
            foreach ((string name, IReadOnlyList<Cost> of) in ((string, IReadOnlyList<Cost>)[])[(walk.Name, costs[walk.Name]), (plan.Name, costs[plan.Name]), ("pruning to half", [pruned])])
            {
                double wall = Median.Of(of.Select(cost => cost.WallSeconds));
                table.Add(
                    Number(size, "#,##0"), name, Number(wall), Number(Median.Of(of.Select(cost => cost.CpuSeconds))),
                    Number(of.Max(cost => cost.PeakBytes) / 1048576.0, "0"), Number(wall / walked, "0.0"));
            }
        }

        Console.WriteLine($"### Pruning ({runs} rounds)\n\n{table}\n");
    }
}
