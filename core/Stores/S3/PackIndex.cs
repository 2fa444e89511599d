using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Stores.File;
using BuildCache.Stores.Packs;
using FileIO = System.IO.File;

namespace BuildCache.Stores.S3;

/// <summary>The index objects of a store: which small blob lies in which pack. Only a save asks them, to find what need not be stored again.</summary>
/// <remarks>They never change and are named by their content; so a copy on this machine serves for good, and two that merge the same ones make the same.</remarks>
internal sealed class PackIndex(S3Bucket bucket, BlobLocations locations, string cache) : IDisposable
{
    // Small ones are merged when there are many; a large one is left alone, or each merge would write all there is.
    private const int MostSmall = 64;
    private const int Small = 4 * 1024 * 1024;
    private const int Parallel = 16;
    private static readonly TimeSpan s_listAgainAfter = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly ConcurrentDictionary<string, bool> _loaded = new(StringComparer.Ordinal);
    private DateTime _listed;
    private bool _tidied;

    /// <summary>Learns what was saved by anybody up to some seconds ago.</summary>
    public async ValueTask RefreshAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (DateTime.UtcNow - _listed < s_listAgainAfter)
            {
                return;
            }

            // What was merged while it was read is in another object by then.
            for (int attempt = 0; attempt < 2 && !await LoadAsync(cancellationToken); attempt++)
            {
            }

            _listed = DateTime.UtcNow;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Makes packs known to others.</summary>
    public async ValueTask AddAsync(IReadOnlyList<PackListing> packs, CancellationToken cancellationToken)
    {
        locations.Learn(packs);
        await WriteAsync(packs, cancellationToken);
        await MergeAsync(cancellationToken);
    }

    /// <summary>Reads all index objects one after the other, for each may be large, and does not keep what they say.</summary>
    public async IAsyncEnumerable<IndexObject> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (StoredObject found in await ListAsync(long.MaxValue, cancellationToken))
        {
            (bool isThere, IReadOnlyList<PackListing>? packs) = await ReadAsync(found, cancellationToken);
            if (isThere)
            {
                yield return new IndexObject(found, packs);
            }
        }
    }

    /// <summary>Writes one index object.</summary>
    public async ValueTask<string> WriteAsync(IReadOnlyList<PackListing> packs, CancellationToken cancellationToken)
    {
        byte[] content = PackCodec.Encode(packs);
        var digest = Digest.Of(content);
        await bucket.WriteAsync(S3Names.Index + digest.Hash, digest, content, cancellationToken);
        Keep(digest.Hash, content);
        _loaded[digest.Hash] = true;
        return digest.Hash;
    }

    public void Dispose() => _gate.Dispose();

    private async ValueTask<bool> LoadAsync(CancellationToken cancellationToken)
    {
        List<StoredObject> objects = await ListAsync(Ceilings.PackIndexes, cancellationToken);
        Tidy(objects);
        int gone = 0;
        await System.Threading.Tasks.Parallel.ForEachAsync(
            objects.Where(found => !_loaded.ContainsKey(NameOf(found))).ToList(),
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken },
            async (found, cancellationToken) =>
            {
                (bool isThere, IReadOnlyList<PackListing>? packs) = await ReadAsync(found, cancellationToken);
                if (isThere)
                {
                    locations.Learn(packs ?? []);
                    _loaded[NameOf(found)] = true;
                }
                else
                {
                    Interlocked.Increment(ref gone);
                }
            });
        return gone == 0;
    }

    private async ValueTask MergeAsync(CancellationToken cancellationToken)
    {
        List<StoredObject> small = (await ListAsync(long.MaxValue, cancellationToken)).FindAll(found => found.Size < Small);
        if (small.Count <= MostSmall)
        {
            return;
        }

        List<PackListing> packs = [];
        List<string> merged = [];
        long left = Ceilings.PackIndex / 2;
        foreach (StoredObject found in small)
        {
            // What is made of them has to be one that is read.
            left -= found.Size;
            if (left < 0)
            {
                break;
            }

            // One that nobody can read is left to pruning.
            if (await ReadAsync(found, cancellationToken) is { Packs: { } listings })
            {
                packs.AddRange(listings);
                merged.Add(found.Name);
            }
        }

        // First the new one: whoever lists in between finds both.
        string name = S3Names.Index + await WriteAsync([.. packs.DistinctBy(pack => pack.Pack).OrderBy(pack => pack.Pack, StringComparer.Ordinal)], cancellationToken);
        merged.Remove(name);
        await bucket.DeleteAsync(merged, cancellationToken);
    }

    private async ValueTask<List<StoredObject>> ListAsync(long limit, CancellationToken cancellationToken)
    {
        List<StoredObject> objects = [];
        long left = limit;
        await foreach (StoredObject found in bucket.ListAsync(S3Names.Index, cancellationToken: cancellationToken))
        {
            if (Digest.TryParse(NameOf(found), found.Size, out _) && found.Size <= Math.Min(Ceilings.PackIndex, left))
            {
                objects.Add(found);
                left -= found.Size;
            }
        }

        return objects;
    }

    private async ValueTask<(bool IsThere, IReadOnlyList<PackListing>? Packs)> ReadAsync(StoredObject found, CancellationToken cancellationToken)
    {
        string name = NameOf(found);
        string kept = Path.Combine(cache, name);
        try
        {
            byte[] copy = await FileIO.ReadAllBytesAsync(kept, cancellationToken);
            if (Digest.Of(copy).Hash == name)
            {
                return (true, PackCodec.TryDecode(copy));
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Not kept yet.
        }

        if (await bucket.ReadAsync(found.Name, Ceilings.PackIndex, read => Digest.Of(read.Content.Span).Hash == name, cancellationToken) is not var (read, isWhole))
        {
            return (false, null);
        }

        if (!isWhole)
        {
            return (true, null);
        }

        Keep(name, read.Content);
        return (true, PackCodec.TryDecode(read.Content.Span));
    }

    private void Keep(string name, ReadOnlyMemory<byte> content)
    {
        try
        {
            NewDirectory.MakePrivate(cache);
            AtomicFile.WritePrivate(Path.Combine(cache, name), content.Span);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It is asked for again next time.
        }
    }

    /// <summary>Removes copies of objects that were merged.</summary>
    private void Tidy(List<StoredObject> objects)
    {
        if (_tidied || !Directory.Exists(cache))
        {
            return;
        }

        _tidied = true;
        HashSet<string> names = [.. objects.Select(NameOf)];
        foreach (string copy in Directory.EnumerateFiles(cache))
        {
            // Not what another process keeps just now.
            if (!names.Contains(Path.GetFileName(copy)) && FileIO.GetLastWriteTimeUtc(copy) < DateTime.UtcNow.AddDays(-1))
            {
                StoreFiles.TryDelete(copy);
            }
        }
    }

    private static string NameOf(StoredObject found) => found.Name[S3Names.Index.Length..];
}

/// <summary>An index object.</summary>
/// <param name="Object">The object.</param>
/// <param name="Packs">What it says; <see langword="null"/> when it is damaged.</param>
internal readonly record struct IndexObject(StoredObject Object, IReadOnlyList<PackListing>? Packs);
