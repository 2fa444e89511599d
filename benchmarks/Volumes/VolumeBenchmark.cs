using System.Diagnostics;
using BuildCache.Benchmarks.Measurement;
using BuildCache.Keys;
using BuildCache.Volumes;
using static BuildCache.Benchmarks.Measurement.MarkdownTable;

namespace BuildCache.Benchmarks.Volumes;

/// <summary>Getting a volume that is there, among few and among many.</summary>
internal static class VolumeBenchmark
{
    private const double MostMicroseconds = 2000;
    private const int Gets = 1000;
    private static readonly int[] s_sizes = [100, 10_000];

    /// <summary>Measures and prints a table.</summary>
    public static void Run(int runs, string? scratchParent)
    {
        using var scratch = new ScratchDirectory(scratchParent);
        foreach (int size in s_sizes)
        {
            Fill(scratch[$"volumes{size}"], size);
        }

        var table = new MarkdownTable("volumes", "get of an existing one", "median µs", "99th percentile µs");
        var times = s_sizes.SelectMany(size => (bool[])[true, false], (size, fresh) => (size, fresh)).ToDictionary(kind => kind, _ => new List<double>());
        // The first round warms up what is compiled just in time, and the directories; it does not count.
        for (int round = 0; round <= runs; round++)
        {
            foreach (((int size, bool fresh), List<double> all) in times)
            {
                List<double> measured = Measure(scratch[$"volumes{size}"], size, fresh, round);
                all.AddRange(round > 0 ? measured : []);
            }
        }

        foreach (((int size, bool fresh), List<double> all) in times)
        {
            double slow = Median.Percentile(all, 0.99);
            table.Add(Number(size, "#,##0"), fresh ? "with nothing kept from before" : "again", Number(Median.Of(all), "0"),
                $"{Number(slow, "0")} ({(slow <= MostMicroseconds ? "met" : "**missed**")})");
        }

        Console.WriteLine($"### Volumes ({runs} rounds)\n\n{table}\n");
    }

    private static void Fill(string root, int size)
    {
        var volumes = new CacheVolumes(root);
        for (int i = 0; i < size; i++)
        {
            volumes.Get(IdentityOf(i));
        }
    }

    private static List<double> Measure(string root, int size, bool fresh, int seed)
    {
        var random = new Random(seed);
        var kept = new CacheVolumes(root);
        List<double> times = [];
        for (int i = 0; i < Gets; i++)
        {
            int number = random.Next(size);
            long start = Stopwatch.GetTimestamp();
            CacheVolume volume = (fresh ? new CacheVolumes(root) : kept).Get(IdentityOf(number));
            times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            if (!Directory.Exists(volume.Path))
            {
                throw new InvalidOperationException($"{volume} is not there.");
            }
        }

        return times;
    }

    private static VolumeIdentity IdentityOf(int number) => new(CacheKey.Create(CacheScope.Global, ["tool", $"version {number}"]));
}
