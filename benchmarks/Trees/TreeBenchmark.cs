using BuildCache.Benchmarks.Measurement;
using static BuildCache.Benchmarks.Measurement.MarkdownTable;

namespace BuildCache.Benchmarks.Trees;

/// <summary>Saving and restoring a directory, against copying it and checking the copy.</summary>
internal static class TreeBenchmark
{
    private const double MostOfCopy = 1.5;
    private const double MostMebibytes = 200;
    private const double Mebibyte = 1024 * 1024;
    private const string Copying = "`cp -a`, then `sha256sum` of the copy";
    private const string Saving = "save into an empty store";
    private const string Restoring = "restore into an empty place";

    /// <summary>Measures both trees and prints a table.</summary>
    public static void Run(int runs, string? scratchParent)
    {
        var table = new MarkdownTable("tree", "what", "CPU s (user + system)", "wall s", "CPU ratio", "wall ratio", "peak MiB");
        Measure("20,000 files of 1 to 8 KiB", TreeContent.WriteSmallFiles, runs, scratchParent, table);
        Measure("8 files of 256 MiB", TreeContent.WriteLargeFiles, runs, scratchParent, table);
        Console.WriteLine($"### Trees ({runs} rounds)\n\n{table}\n");
    }

    private static void Measure(string tree, Action<string> write, int runs, string? scratchParent, MarkdownTable table)
    {
        using var scratch = new ScratchDirectory(scratchParent);
        (string source, string store) = (scratch["source"], scratch["store"]);
        write(source);
        Scenario[] scenarios =
        [
            new(Copying, () => Settle(scratch, "copy"), () => MeasuredProcess.Run("sh",
                ["-c", "cp -a \"$1\" \"$2\" && find \"$2\" -type f -print0 | xargs -0 -P1 sha256sum > /dev/null", "sh", source, scratch["copy"]])),
            new(Saving, () => Settle(scratch, "store"), () => MeasuredProcess.RunSelf("tree-save", source, store)),
            new(Restoring, () => Settle(scratch, "restored"), () => MeasuredProcess.RunSelf("tree-restore", store, scratch["restored"])),
        ];
        // In a virtual machine the first to touch some memory waits for the host to provide it, as system time.
        IReadOnlyDictionary<string, IReadOnlyList<Cost>> costs = Scenario.RunInTurns(scenarios, runs, warmUps: 1);
        MeasuredProcess.Run("diff", ["-r", source, scratch["restored"]]);
        foreach (Scenario scenario in scenarios)
        {
            IReadOnlyList<Cost> of = costs[scenario.Name];
            bool isOurs = scenario.Name != Copying;
            double peak = Median.Of(of.Select(cost => cost.PeakBytes / Mebibyte));
            table.Add(tree, scenario.Name,
                $"{Number(Median.Of(of.Select(cost => cost.CpuSeconds)))} ({Number(Median.Of(of.Select(cost => cost.UserSeconds)))} + {Number(Median.Of(of.Select(cost => cost.SystemSeconds)))})",
                Number(Median.Of(of.Select(cost => cost.WallSeconds))),
                isOurs ? Ratio(Scenario.Ratio(of, costs[Copying], cost => cost.CpuSeconds), MostOfCopy) : "1",
                isOurs ? Number(Scenario.Ratio(of, costs[Copying], cost => cost.WallSeconds)) : "1",
                isOurs ? $"{Number(peak, "0")} ({(peak <= MostMebibytes ? "met" : "**missed**")})" : "");
        }
    }

    // What an earlier run has written is on the disk, and the source is in memory, before the next one starts.
    private static void Settle(ScratchDirectory scratch, string destination)
    {
        scratch.Discard(destination);
        MeasuredProcess.Run("sh", ["-c", "sync; find \"$1\" -type f -exec cat {} + > /dev/null", "sh", scratch["source"]]);
    }
}
