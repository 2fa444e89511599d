using System.Diagnostics;
using BuildCache.Benchmarks.Measurement;
using BuildCache.Commands;
using BuildCache.Configuration;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.Stores.File;
using static BuildCache.Benchmarks.Measurement.MarkdownTable;

namespace BuildCache.Benchmarks.Commands;

/// <summary>A hit of a cached command over many unchanged input files whose outputs are right, against walking over the files and looking at each.</summary>
internal static class CommandBenchmark
{
    private const int Directories = 100;
    private const int FilesInEach = 20;
    private const int Repeats = 20;
    private const double MostRatio = 1.2;

    /// <summary>Measures and prints a table.</summary>
    public static async Task RunAsync(int runs, string? scratchParent)
    {
        using var scratch = new ScratchDirectory(scratchParent);
        string root = scratch["workspace"];
        WriteSources(Path.Combine(root, "src"));
        var store = new FileStore(scratch["store"]);
        string memoryFile = scratch["memory"];
        // What was written in the last two seconds is not remembered.
        Thread.Sleep(TimeSpan.FromSeconds(3));
        await UseAsync(store, root, HashMemory.Open(memoryFile), expectsHit: false);
        HashMemory warm = HashMemory.Open(memoryFile);
        await UseAsync(store, root, warm, expectsHit: true);
        warm.Save();

        (string Name, Func<ValueTask> Run)[] kinds =
        [
            ("walking over the files and looking at each", () => Walk(Path.Combine(root, "src"))),
            ("a hit", () => UseAsync(store, root, warm, expectsHit: true)),
            ("a hit, the memory of hashes read from its file too", () => UseAsync(store, root, HashMemory.Open(memoryFile), expectsHit: true)),
        ];
        var times = kinds.ToDictionary(kind => kind.Name, _ => new List<double>());
        // What is compiled just in time comes to rest in the first rounds.
        const int WarmUps = 5;
        for (int round = 1 - WarmUps; round <= runs; round++)
        {
            foreach ((string name, Func<ValueTask> run) in kinds)
            {
                List<double> each = [];
                for (int i = 0; i < Repeats; i++)
                {
                    long start = Stopwatch.GetTimestamp();
                    await run();
                    each.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                }

                if (round > 0)
                {
                    times[name].Add(Median.Of(each));
                }
            }
        }

        List<double> walks = times[kinds[0].Name];
        var table = new MarkdownTable("2,000 files in 100 directories, unchanged", "median ms", "of the walk");
        foreach ((string name, _) in kinds)
        {
            double ratio = Median.Of(times[name].Zip(walks, (time, walk) => time / walk));
            table.Add(name, Number(Median.Of(times[name])), name == kinds[1].Name ? Ratio(ratio, MostRatio) : Number(ratio));
        }

        Console.WriteLine($"### Cached commands ({runs} rounds of {Repeats})\n\n{table}\n");
    }

    private static void WriteSources(string directory)
    {
        var random = new Random(1);
        byte[] content = new byte[2000];
        for (int i = 0; i < Directories; i++)
        {
            string folder = Directory.CreateDirectory(Path.Combine(directory, $"part{i:000}")).FullName;
            for (int j = 0; j < FilesInEach; j++)
            {
                random.NextBytes(content);
                File.WriteAllBytes(Path.Combine(folder, $"source{j:00}.cs"), content);
            }
        }
    }

    private static ValueTask Walk(string directory)
    {
        long bytes = 0;
        foreach (FileInfo file in new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            bytes += file.Length + file.LastWriteTimeUtc.Second;
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, Directories * FilesInEach * 2000);
        return ValueTask.CompletedTask;
    }

    private static async ValueTask UseAsync(FileStore store, string root, HashMemory memory, bool expectsHit)
    {
        var cache = new CommandCache(new EntryCatalog(store), CacheMode.ReadWrite, memory);
        var request = new CommandRequest(root, ["benchmark"], [CacheScope.Global], new CommandInputs { Globs = ["src/**/*.cs"] }, ["out.txt"], "benchmark");
        using CommandRun run = await cache.BeginAsync(request);
        if (run.Recording is null == expectsHit)
        {
            throw new InvalidOperationException($"It was {(expectsHit ? "no" : "a")} hit: {run.Reason}");
        }

        if (!expectsHit)
        {
            await File.WriteAllTextAsync(Path.Combine(root, "out.txt"), "made");
            await run.CompleteAsync(new CommandRecording([new RecordedItem(CommandChannel.Output, "made")], 0), succeeded: true, TimeSpan.FromSeconds(1));
        }
    }
}
