using System.Diagnostics;
using System.Text;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Pruning;
using BuildCache.Stores;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Stores;

/// <summary>Saves, finds, restores, removes and prunes the same few entries at random, and looks at every byte that comes back.</summary>
/// <param name="store">The URI or the directory of the store that it shares with others.</param>
/// <param name="scratch">A directory of its own.</param>
/// <param name="seed">Makes its choices other than those of others.</param>
/// <param name="blobsVanish">Whether it deletes blobs too, as a sweep without a grace period would: between any two steps of another.</param>
public sealed class StoreHammer(string store, string scratch, int seed, bool blobsVanish)
{
    private const int Keys = 5;

    private readonly Random _random = new(seed);
    private int _counter;

    public int Hits { get; private set; }

    public List<string> Errors { get; } = [];

    /// <summary>Works for some time, and on a busy machine for longer: until something was found, for two minutes at most.</summary>
    public async Task RunAsync(TimeSpan duration)
    {
        await using CacheStore shared = CacheStore.Open(store);
        var watch = Stopwatch.StartNew();
        while ((watch.Elapsed < duration || (Hits == 0 && watch.Elapsed < TimeSpan.FromMinutes(2))) && Errors.Count < 5)
        {
            try
            {
                await StepAsync(shared);
            }
            catch (BuildCacheException error) when (blobsVanish && error.Id == ErrorId.BlobMissing)
            {
                // Found, and gone before it was restored: a miss.
            }
            catch (Exception error)
            {
                Errors.Add(error.ToString());
            }
        }
    }

    private async Task StepAsync(CacheStore shared)
    {
        await using CacheStore fresh = CacheStore.Open(store);
        var catalog = new EntryCatalog(_random.Next(2) == 0 ? shared : fresh);
        int k = _random.Next(Keys);
        CacheKey key = Rig.Key("work", $"{k}");
        switch (_random.Next(10))
        {
            case < 4:
                string tree = Path.Combine(scratch, "source");
                WriteTree(tree, k, variant: _random.Next(3));
                await catalog.SaveAsync(key, [new PathToSave("tree", tree)], Rig.Details, replace: _random.Next(2) == 0);
                break;
            case < 8:
                LookupResult found = await catalog.FindAsync(key, _random.Next(2) == 0 ? [Rig.Key("work")] : []);
                if (found.Entry is { } entry)
                {
                    await RestoreAsync(catalog, entry);
                }

                break;
            case 8:
                await catalog.RemoveAsync(key);
                break;
            default:
                await new EntryPruner(shared).PruneAsync(new PrunePolicy(Budget: Rig.AtMost(_random.Next(3) == 0 ? 0 : 2_000_000)));
                await shared.MeasureAsync();
                break;
        }

        if (blobsVanish)
        {
            DeleteSomeBlobs();
        }
    }

    private void DeleteSomeBlobs()
    {
        string blobs = Path.Combine(store, "blobs");
        foreach (string blob in Directory.Exists(blobs) ? Directory.GetFiles(blobs, "*", SearchOption.AllDirectories) : [])
        {
            if (_random.Next(100) == 0)
            {
                File.Delete(blob);
            }
        }
    }

    private async Task RestoreAsync(EntryCatalog catalog, CacheEntry entry)
    {
        string target = Directory.CreateDirectory(Path.Combine(scratch, $"target{_counter++}")).FullName;
        try
        {
            await catalog.RestoreAsync(entry, target);
            string name = await File.ReadAllTextAsync(Path.Combine(target, "tree", "name"));
            string[] parts = name.Split(' ');
            if (parts[0] != entry.Key.Parts[^1])
            {
                Errors.Add($"The entry {entry.Key} holds the files of {name}.");
            }

            string expected = Path.Combine(scratch, "expected");
            WriteTree(expected, int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture), int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));
            if (!FolderPicture.Of(expected).SequenceEqual(FolderPicture.Of(Path.Combine(target, "tree"))))
            {
                Errors.Add($"The files of {name} came back changed.");
            }

            Hits++;
        }
        finally
        {
            Directory.Delete(target, recursive: true);
        }
    }

    // Some content is shared by all, some by a key, some by nobody; one file is too big for memory's sake.
    private static void WriteTree(string root, int key, int variant)
    {
        if (Directory.Exists(root))
        {
            Directory.Delete(root, recursive: true);
        }

        Directory.CreateDirectory(Path.Combine(root, "sub", "empty"));
        File.WriteAllText(Path.Combine(root, "name"), $"{key} {variant}");
        File.WriteAllText(Path.Combine(root, "shared"), "shared by all");
        File.WriteAllText(Path.Combine(root, "sub", "of the key"), new string((char)('a' + key), 5000));
        for (int i = 0; i < 6; i++)
        {
            File.WriteAllBytes(Path.Combine(root, "sub", $"{i}"), Encoding.ASCII.GetBytes($"{key} {variant} {i}"));
        }

        if (key == 0)
        {
            byte[] big = new byte[1_200_000];
            Array.Fill(big, (byte)variant);
            File.WriteAllBytes(Path.Combine(root, "big"), big);
        }
    }
}
