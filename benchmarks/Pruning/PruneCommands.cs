using BuildCache.Benchmarks.Measurement;
using BuildCache.Entries;
using BuildCache.Pruning;
using BuildCache.Stores.File;

namespace BuildCache.Benchmarks.Pruning;

/// <summary>One pruning, and one walk to compare it with, each the work of a process of its own.</summary>
internal static class PruneCommands
{
    /// <summary>Prunes a store, or works out what would go.</summary>
    public static async Task PruneAsync(string directory, string bytes, bool isPlan)
    {
        await using var store = new FileStore(directory);
        var pruner = new EntryPruner(store);
        var policy = new PrunePolicy(Budget: new SpaceBudget(SizeLimit.Parse(bytes)));
        PruneResult result = isPlan ? await pruner.PlanAsync(policy) : await pruner.PruneAsync(policy);
        Console.WriteLine(result);
        MeasuredProcess.ReportPeak();
        if (result.ExcessBytes > 0 || (result.BytesToKeep is not null && result.RemovedEntries == 0))
        {
            throw new InvalidOperationException($"The store was not pruned: {result}.");
        }
    }

    /// <summary>Walks all files of a store and asks for the time and size of each, as nobody can do without who prunes by age.</summary>
    public static void Walk(string directory)
    {
        (long count, long bytes, long newest) = (0, 0, 0);
        foreach (FileInfo file in new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            (count, bytes, newest) = (count + 1, bytes + file.Length, Math.Max(newest, file.LastWriteTimeUtc.Ticks));
        }

        Console.WriteLine($"{count} files, {bytes} bytes, {newest}");
        MeasuredProcess.ReportPeak();
    }
}
