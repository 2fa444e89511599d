using System.Security.Cryptography;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Stores;
using BuildCache.Tests.Support;
using BuildCache.TestServers;

namespace BuildCache.Tests.Stores.Suite;

/// <summary>Finds, restores and saves through a proxy that does wrong, and looks afterwards, without it, at what became of the store.</summary>
public static class FaultRun
{
    /// <summary>What goes wrong. Each is made anew for each run: some count.</summary>
    public static readonly IReadOnlyList<(string Name, Func<Fault?> Make)> Faults =
    [
        ("none", () => null),
        ("delay of 50 ms", () => Fault.Delay(TimeSpan.FromMilliseconds(50))),
        ("cut before the answer", () => Fault.Cut),
        ("answer lost after the work", () => Fault.LoseAnswer),
        ("cut after 20 bytes", () => Fault.CutMiddle(20)),
        ("cut after 200,000 bytes", () => Fault.CutMiddle(200_000)),
        ("body one byte short", () => Fault.Truncate(1)),
        ("last byte of answers changed", () => Fault.Corrupt()),
        ("a byte within answers changed", () => Fault.Corrupt(40)),
        ("last byte of requests changed", () => Fault.CorruptRequest()),
        ("403", () => Fault.Status(403)),
        ("429", () => Fault.Status(429)),
        ("500", () => Fault.Status(500)),
        ("503", () => Fault.Status(503)),
        ("503 with a time to wait", () => Fault.Status(503, TimeSpan.FromSeconds(1)).OneIn(2)),
        ("one call in three dropped", () => Fault.DropOneIn(3)),
        ("one answer in three cut short", () => Fault.CutMiddle(20).OneIn(3)),
        ("one answer in three changed", () => Fault.Corrupt().OneIn(3)),
    ];

    /// <summary>Their names.</summary>
    public static TheoryData<string> Names => [.. Faults.Select(fault => fault.Name)];

    /// <summary>Runs one fault.</summary>
    /// <param name="backend">The store and its server.</param>
    /// <param name="name">The name of the fault.</param>
    /// <param name="tries">How often each thing is tried.</param>
    public static async Task<FaultOutcome> RunAsync(Backend backend, string name, int tries)
    {
        using var folder = new TempFolder();
        CacheScope scope = CacheScope.Create([(ScopeKind.Project, Guid.NewGuid().ToString())]);
        var outcome = new FaultOutcome(name);
        Dictionary<CacheKey, byte[]> kept = [];
        await using (CacheStore store = backend.Open())
        {
            for (int i = 0; i < tries; i++)
            {
                CacheKey key = CacheKey.Create(scope, ["before", $"{i}"]);
                kept[key] = await SaveAsync(new EntryCatalog(store), key, folder, size: i % 2 == 0 ? 3000 : 2_000_000);
            }
        }

        FaultProxy proxy = await (backend.IsGrpc ? FaultProxy.StartForGrpcAsync(backend.Address!) : FaultProxy.StartAsync(backend.Address!));
        await using (proxy)
        {
            proxy.Fault = Faults.Single(fault => fault.Name == name).Make();
            Dictionary<CacheKey, byte[]> saved = [];
            for (int i = 0; i < tries; i++)
            {
                // A new one each time: one that gave up would make it too easy.
                await using CacheStore store = backend.Open(proxy.Address);
                var catalog = new EntryCatalog(store);
                (CacheKey key, byte[] expected) = kept.ElementAt(i);
                await TryAsync(outcome, () => LoadAsync(catalog, key, expected, folder, outcome));
                await TryAsync(outcome, async () =>
                {
                    CacheKey made = CacheKey.Create(scope, ["during", $"{i}"]);
                    saved[made] = [];
                    saved[made] = await SaveAsync(catalog, made, folder, size: i % 2 == 0 ? 3000 : 2_000_000);
                    outcome.Right++;
                });
            }

            outcome.Applied = proxy.FaultsApplied;
            await using CacheStore clean = backend.Open();
            foreach ((CacheKey key, byte[] expected) in kept.Concat(saved))
            {
                LookupResult found = await new EntryCatalog(clean).FindAndRestoreAsync(key, null, folder.Folder($"after/{Guid.NewGuid():n}"));
                bool mustBeThere = kept.ContainsKey(key);
                if (found.Entry is null)
                {
                    outcome.Lost += mustBeThere ? 1 : 0;
                }
                else if (expected.Length > 0 && found.Entry.Paths[0].Digest != Digest.Of(expected))
                {
                    outcome.Wrong++;
                }
            }
        }

        return outcome;
    }

    private static async Task TryAsync(FaultOutcome outcome, Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (BuildCacheException error) when (error.IsStoreFailure)
        {
            outcome.Refused++;
            outcome.Messages.Add(error.ToString());
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.BlobMissing || error.Id == ErrorId.BlobCorrupt)
        {
            outcome.Missed++;
            outcome.Messages.Add(error.ToString());
        }
    }

    private static async Task LoadAsync(EntryCatalog catalog, CacheKey key, byte[] expected, TempFolder folder, FaultOutcome outcome)
    {
        string target = folder.Folder($"target/{Guid.NewGuid():n}");
        LookupResult found = await catalog.FindAndRestoreAsync(key, null, target);
        string file = Path.Combine(target, "file");
        if (found.Entry is null)
        {
            outcome.Missed++;
        }
        else if (!File.Exists(file) || !File.ReadAllBytes(file).AsSpan().SequenceEqual(expected))
        {
            outcome.Wrong++;
        }
        else
        {
            outcome.Right++;
        }
    }

    private static async Task<byte[]> SaveAsync(EntryCatalog catalog, CacheKey key, TempFolder folder, int size)
    {
        byte[] content = RandomNumberGenerator.GetBytes(size);
        string file = folder.File($"source/{Guid.NewGuid():n}", content);
        await catalog.SaveAsync(key, [new PathToSave("file", file)], new EntryDetails("test", Output: content.AsMemory(0, 500)));
        return content;
    }
}

/// <summary>What came of one fault.</summary>
/// <param name="Fault">Its name.</param>
public sealed record FaultOutcome(string Fault)
{
    /// <summary>To how many calls it was applied.</summary>
    public int Applied { get; set; }

    /// <summary>Hits with the right bytes, and saves.</summary>
    public int Right { get; set; }

    /// <summary>Misses of what was there.</summary>
    public int Missed { get; set; }

    /// <summary>Failures that were named as those of the store.</summary>
    public int Refused { get; set; }

    /// <summary>Wrong bytes. There must be none.</summary>
    public int Wrong { get; set; }

    /// <summary>Entries from before that are gone afterwards. There must be none.</summary>
    public int Lost { get; set; }

    /// <summary>All errors in full, to look for secrets in.</summary>
    public List<string> Messages { get; } = [];

    /// <summary>How often something was tried.</summary>
    public int Tries => Right + Missed + Refused + Wrong;
}
