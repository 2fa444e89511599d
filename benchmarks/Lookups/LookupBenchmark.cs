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
    private const double MostForASignature = 200;
    private const double MostForASignedSave = 1000;
    private const int Saves = 300;
    private const int SignedSize = 10_000;
    private const int ExactLookups = 1000;
    private const int RestoreKeyLookups = 50;
    private static readonly int[] s_sizes = [100, 10_000, 100_000];

    /// <summary>Measures lookups and prints a table.</summary>
    public static async Task RunAsync(int runs, string? scratchParent)
    {
        using var scratch = new ScratchDirectory(scratchParent);
        await RunSignedAsync(runs, scratch);
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

    /// <summary>What signatures cost: lookups and saves in two stores that differ in that alone, in turns.</summary>
    private static async Task RunSignedAsync(int runs, ScratchDirectory scratch)
    {
        FilledStore[] stores = [await FilledStore.MakeAsync(scratch["unsigned"], SignedSize), await FilledStore.MakeAsync(scratch["signed"], SignedSize, isSigned: true)];
        var hits = new Dictionary<bool, List<double>> { [false] = [], [true] = [] };
        var saves = new Dictionary<bool, List<double>> { [false] = [], [true] = [] };
        for (int round = 0; round <= runs; round++)
        {
            foreach (FilledStore store in stores)
            {
                List<double> found = await MeasureAsync(store, FilledStore.KeyOf, isExact: true, isThere: true, round);
                List<double> saved = await MeasureSavesAsync(store, scratch["signed-source"], round);
                if (round > 0)
                {
                    hits[store.IsSigned].AddRange(found);
                    saves[store.IsSigned].AddRange(saved);
                }
            }
        }

        var table = new MarkdownTable("signatures", "unsigned, median µs", "signed, median µs", "more", "limit");
        foreach ((string name, Dictionary<bool, List<double>> times, double most) in new[] { ("a hit", hits, MostForASignature), ("a save", saves, MostForASignedSave) })
        {
            double more = Median.Of(times[true]) - Median.Of(times[false]);
            table.Add(name, Number(Median.Of(times[false]), "0"), Number(Median.Of(times[true]), "0"), Number(more, "0"), $"{Number(most, "0")} ({(more <= most ? "met" : "**missed**")})");
        }

        Console.WriteLine($"### Signatures ({SignedSize:#,##0} entries, {runs} rounds)\n\n{table}\n");
    }

    private static async Task<List<double>> MeasureSavesAsync(FilledStore store, string source, int round)
    {
        await File.WriteAllTextAsync(source, "saved again and again");
        List<double> times = [];
        for (int i = 0; i < Saves; i++)
        {
            CacheKey key = FilledStore.KeyOf(-1 - (round * Saves) - i);
            long start = Stopwatch.GetTimestamp();
            await store.Catalog.SaveAsync(key, [new PathToSave("assembly", source)], new EntryDetails("BuildCache.Benchmarks"));
            times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }

        return times;
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
