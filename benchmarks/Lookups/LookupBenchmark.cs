using System.Diagnostics;
using BuildCache.Benchmarks.Measurement;
using BuildCache.Entries;
using BuildCache.Keys;
using static BuildCache.Benchmarks.Measurement.MarkdownTable;

namespace BuildCache.Benchmarks.Lookups;

/// <summary>Finding an entry in stores of different sizes.</summary>
internal static class LookupBenchmark
{
    private const double MostMicroseconds = 1000;
    private const int ExactLookups = 1000;
    private const int RestoreKeyLookups = 50;
    private static readonly int[] s_sizes = [100, 10_000, 100_000];

    /// <summary>Measures lookups and prints a table.</summary>
    public static async Task RunAsync(int runs, string? scratchParent)
    {
        using var scratch = new ScratchDirectory(scratchParent);
        List<FilledStore> stores = [];
        foreach (int size in s_sizes)
        {
            stores.Add(await FilledStore.MakeAsync(scratch[$"store{size}"], size));
        }

        (string Name, Func<FilledStore, int, CacheKey> Key, bool IsExact, bool IsThere)[] kinds =
        [
            ("an existing key", (_, i) => FilledStore.KeyOf(i), true, true),
            ("a missing key", (_, i) => FilledStore.MissingKeyOf(i), true, false),
            ("a restore key of ten entries", (_, i) => FilledStore.RestoreKeyOf(i), false, true),
        ];
        var times = new Dictionary<(int Size, string Kind), List<double>>();
        // The first round warms up what is compiled just in time, and the directories; it does not count.
        for (int round = 0; round <= runs; round++)
        {
            foreach (FilledStore store in stores)
            {
                foreach ((string name, Func<FilledStore, int, CacheKey> key, bool isExact, bool isThere) in kinds)
                {
                    IEnumerable<double> measured = await MeasureAsync(store, i => key(store, i), isExact, isThere, round);
                    if (round > 0)
                    {
                        (times.TryGetValue((store.Size, name), out List<double>? all) ? all : times[(store.Size, name)] = []).AddRange(measured);
                    }
                }
            }
        }

        var table = new MarkdownTable("entries", "lookup of", "median µs", "99th percentile µs");
        foreach ((string name, _, bool isExact, _) in kinds)
        {
            foreach (int size in s_sizes)
            {
                List<double> of = times[(size, name)];
                double slow = Median.Percentile(of, 0.99);
                string verdict = isExact ? $" ({(slow <= MostMicroseconds ? "met" : "**missed**")})" : "";
                table.Add(Number(size, "#,##0"), name, Number(Median.Of(of), "0"), Number(slow, "0") + verdict);
            }
        }

        Console.WriteLine($"### Lookups ({runs} rounds)\n\n{table}\n");
    }

    private static async Task<List<double>> MeasureAsync(FilledStore store, Func<int, CacheKey> keyOf, bool isExact, bool isThere, int seed)
    {
        var random = new Random(seed);
        List<double> times = [];
        for (int i = 0; i < (isExact ? ExactLookups : RestoreKeyLookups); i++)
        {
            CacheKey key = keyOf(random.Next(store.Size));
            CacheKey[]? restoreKeys = isExact ? null : [key];
            long start = Stopwatch.GetTimestamp();
            LookupResult found = await store.Catalog.FindAsync(key, restoreKeys);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            if ((found.Entry is not null) != isThere)
            {
                throw new InvalidOperationException($"The lookup of {key} gave {found.Match}.");
            }
        }

        return times;
    }
}
