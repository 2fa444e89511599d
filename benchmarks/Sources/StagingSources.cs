using System.Globalization;
using BuildCache.Benchmarks.Measurement;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.Sources;
using BuildCache.Sources.Fetching;
using BuildCache.Stores;
using BuildCache.TestServers;
using static BuildCache.Benchmarks.Measurement.MarkdownTable;

namespace BuildCache.Benchmarks.Sources;

/// <summary>Staging a source from the cache, against copying it and checking the copy.</summary>
internal static class StagingSources
{
    private const int Files = 5000;
    private const double MostOfCopy = 1.5;
    private const double MostOfNear = 3;
    private static readonly SourceDeclaration s_source = new("library", "git", "here:library") { Ref = new string('1', 40) };
    private static readonly SourcePlaces s_nowhere = new(new SourceAliases(new Dictionary<string, string> { ["here"] = "file:///nowhere/" }), []);

    /// <summary>Measures and prints a table.</summary>
    public static async Task RunAsync(int runs, string? scratchParent)
    {
        using var scratch = new ScratchDirectory(scratchParent);
        await using BuildboxCasd casd = await BuildboxCasd.StartAsync();
        string far = string.Create(CultureInfo.InvariantCulture, $"grpc://127.0.0.1:{casd.Address.Port}");
        Write(scratch["source"]);
        foreach (string uri in (string[])[scratch["near"], far])
        {
            await using CacheStore store = CacheStore.Open(uri);
            await new EntryCatalog(store).SaveAsync(SourceKey.Of(s_source, SourceKinds.Of(s_source)), [new PathToSave("source", scratch["source"])], new EntryDetails("BuildCache.Benchmarks"));
        }

        const string bySum = "`cp -a`, then `sha256sum` of the copy", byHasher = "`cp -a`, then our own hasher over the copy";
        const string near = "from the near cache", remote = "from a CAS on this machine", kept = "from it, and kept in the near cache";
        void Settle()
        {
            scratch.Discard("out");
            scratch.Discard("newNear");
            MeasuredProcess.Run("sh", ["-c", "sync; find \"$1\" -type f -exec cat {} + > /dev/null", "sh", scratch["source"]]);
        }

        Cost Copy() => MeasuredProcess.Run("cp", ["-a", scratch["source"], scratch["out"]]);
        IReadOnlyDictionary<string, IReadOnlyList<Cost>> costs = Scenario.RunInTurns(
        [
            new(bySum, Settle, () => Copy().Then(MeasuredProcess.Run("sh", ["-c", "find \"$1\" -type f -print0 | xargs -0 -P1 sha256sum > /dev/null", "sh", scratch["out"]]))),
            new(byHasher, Settle, () => Copy().Then(OwnCost.Of(() => Check(scratch["out"])))),
            new(near, Settle, () => OwnCost.Of(() => StageAsync(scratch["near"], scratch["out"]))),
            new(remote, Settle, () => OwnCost.Of(() => StageAsync(far, scratch["out"]))),
            new(kept, Settle, () => OwnCost.Of(() => StageAsync($"{scratch["newNear"]};{far}", scratch["out"]))),
        ], runs, warmUps: 2);
        MeasuredProcess.Run("diff", ["-r", scratch["source"], scratch["out"]]);

        var table = new MarkdownTable("5,000 files of 1 to 8 KiB", "wall s", "CPU s", "wall, of cp and our hasher", "CPU, of cp and our hasher", "wall, of the near cache");
        foreach ((string name, IReadOnlyList<Cost> of) in costs)
        {
            double wall = Scenario.Ratio(of, costs[byHasher], cost => cost.WallSeconds);
            table.Add(name, Number(Median.Of(of.Select(cost => cost.WallSeconds)), "0.000"), Number(Median.Of(of.Select(cost => cost.CpuSeconds)), "0.000"),
                name == near ? Ratio(wall, MostOfCopy) : Number(wall), Number(Scenario.Ratio(of, costs[byHasher], cost => cost.CpuSeconds)),
                name == remote ? Ratio(Scenario.Ratio(of, costs[near], cost => cost.WallSeconds), MostOfNear) : name == kept ? Number(Scenario.Ratio(of, costs[near], cost => cost.WallSeconds)) : "");
        }

        Console.WriteLine($"### Staging a source of {Files:N0} files ({runs} rounds)\n\n{table}\n");
    }

    private static void Write(string directory)
    {
        var random = new Random(Files);
        byte[] buffer = new byte[8 * 1024];
        for (int i = 0; i < Files; i++)
        {
            string path = Path.Combine(directory, $"part{i / 50}");
            Directory.CreateDirectory(path);
            Span<byte> content = buffer.AsSpan(0, random.Next(1024, buffer.Length + 1));
            random.NextBytes(content);
            File.WriteAllBytes(Path.Combine(path, $"file{i}.txt"), content);
        }
    }

    private static Task Check(string directory)
    {
        IReadOnlyList<HashedFile> hashed = new FileHasher().HashAll([.. Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)]);
        return hashed.Count == Files ? Task.CompletedTask : throw new InvalidOperationException("The copy is not whole.");
    }

    private static async Task StageAsync(string cache, string directory)
    {
        await using CacheStore store = CacheStore.Open(cache);
        StagedSource staged = await new SourceStager(s_nowhere, new EntryCatalog(store)).StageAsync(s_source, directory);
        if (staged.From != SourceOrigin.Cache || staged.Notices.Count > 0)
        {
            throw new InvalidOperationException($"It came from {staged.From}. {string.Join(' ', staged.Notices)}");
        }
    }
}
