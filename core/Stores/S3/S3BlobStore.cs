using System.Collections.Concurrent;
using BuildCache.Content;
using BuildCache.Stores.Packs;

namespace BuildCache.Stores.S3;

/// <summary>Blobs in a bucket: small ones in packs, large ones alone. The empty one is everywhere.</summary>
internal sealed class S3BlobStore : IBlobStore
{
    private const int ParallelLooks = 32;
    private const int ParallelRanges = 4;
    private const int ParallelLarge = 4;

    // More than so many are looked for in a listing, which names a thousand at a time.
    private const int WorthListing = 200;

    private readonly S3Bucket _bucket;
    private readonly BlobLocations _locations;
    private readonly PackIndex _index;
    private readonly ObjectLooks _looks;
    private readonly LargeBlobs _large;
    private readonly PackReader _packs;

    public S3BlobStore(S3Bucket bucket, BlobLocations locations, PackIndex index)
    {
        (_bucket, _locations, _index) = (bucket, locations, index);
        _looks = new ObjectLooks(bucket);
        _large = new LargeBlobs(bucket);
        _packs = new PackReader(
            (pack, offset, destination, cancellationToken) => bucket.ReadAsync(S3Names.OfPack(pack), offset, destination, cancellationToken),
            ParallelRanges, Forget, IsCorruptAsync);
    }

    public async ValueTask<IReadOnlyList<Digest>> FindMissingAsync(IReadOnlyCollection<Digest> blobs, CancellationToken cancellationToken)
    {
        Digest[] distinct = [.. blobs.Distinct()];
        IReadOnlyList<Digest>[] missing = await Task.WhenAll(
            FindMissingSmallAsync([.. distinct.Where(blob => blob.Size <= PackLimits.LargestBlob && blob != Digest.Empty)], cancellationToken),
            FindMissingLargeAsync([.. distinct.Where(blob => blob.Size > PackLimits.LargestBlob)], cancellationToken));
        return [.. missing[0], .. missing[1]];
    }

    public async ValueTask<IReadOnlyDictionary<Digest, byte[]>> ReadAsync(IReadOnlyCollection<Digest> blobs, CancellationToken cancellationToken)
    {
        var found = new ConcurrentDictionary<Digest, byte[]>();
        HashSet<Digest> small = [.. blobs.Where(blob => blob.Size <= PackLimits.LargestBlob)];
        if (small.Remove(Digest.Empty))
        {
            found[Digest.Empty] = [];
        }

        // A pack that is lost may have been the only one known of several.
        while (await LocateAsync(small, cancellationToken) is { Count: > 0 } slices)
        {
            foreach ((Digest blob, byte[] content) in await _packs.ReadAsync(slices.Values, cancellationToken))
            {
                found[blob] = content;
            }

            small.RemoveWhere(blob => found.ContainsKey(blob) || _locations.Find(blob) is null);
        }

        await ForEachAsync(blobs.Where(blob => blob.Size > PackLimits.LargestBlob).Distinct(), ParallelLarge, async (blob, cancellationToken) =>
        {
            if (await _large.ReadAsync(blob, cancellationToken) is { } content)
            {
                found[blob] = content;
            }
        }, cancellationToken);
        return found;
    }

    public async ValueTask ReadFilesAsync(IReadOnlyList<BlobTarget> targets, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task packed = StopOthersAsync(ReadPackedAsync([.. targets.Where(target => target.Blob.Size <= PackLimits.LargestBlob)], progress, stop.Token));
        Task large = StopOthersAsync(ForEachAsync(targets.Where(target => target.Blob.Size > PackLimits.LargestBlob).GroupBy(target => target.Blob), ParallelLarge, async (files, cancellationToken) =>
        {
            await _large.ReadFilesAsync(files.Key, [.. files], cancellationToken);
            progress?.Report(files.Count());
        }, stop.Token));
        try
        {
            await Task.WhenAll(packed, large);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The other one's failure is the reason.
            await (packed.IsFaulted ? packed : large);
            throw;
        }

        async Task StopOthersAsync(Task task)
        {
            try
            {
                await task;
            }
            catch
            {
                await stop.CancelAsync();
                throw;
            }
        }
    }

    public IBlobUpload BeginUpload()
    {
        _looks.ForgetAll();
        return new S3Upload(_bucket, _locations, _index, _looks, _large);
    }

    /// <summary>Tells where small blobs lie that an entry needs, so that it can say so itself.</summary>
    public async ValueTask<IReadOnlyDictionary<Digest, PackSlice>> LocateAsync(IReadOnlyCollection<Digest> blobs, CancellationToken cancellationToken)
    {
        Dictionary<Digest, PackSlice> slices = Known();
        if (slices.Count < blobs.Count)
        {
            await _index.RefreshAsync(cancellationToken);
            slices = Known();
        }

        return slices;

        Dictionary<Digest, PackSlice> Known()
        {
            var known = new Dictionary<Digest, PackSlice>(blobs.Count);
            foreach (Digest blob in blobs)
            {
                if (_locations.Find(blob) is { } slice)
                {
                    known[blob] = slice;
                }
            }

            return known;
        }
    }

    private async Task ReadPackedAsync(List<BlobTarget> targets, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        foreach (BlobTarget empty in targets.Where(target => target.Blob == Digest.Empty))
        {
            File.BlobFile.WriteNew(empty.Path, [], empty.Mode);
            progress?.Report(1);
        }

        targets.RemoveAll(target => target.Blob == Digest.Empty);
        IReadOnlyDictionary<Digest, PackSlice> slices = await LocateAsync([.. targets.Select(target => target.Blob).Distinct()], cancellationToken);
        await _packs.ReadFilesAsync(
            [.. targets.Select(target => (target, slices.TryGetValue(target.Blob, out PackSlice slice) ? slice : throw Missing(target.Blob)))], progress, cancellationToken);
    }

    private async Task<IReadOnlyList<Digest>> FindMissingSmallAsync(HashSet<Digest> blobs, CancellationToken cancellationToken)
    {
        List<Digest> missing = [];
        var lost = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        while (blobs.Count > 0)
        {
            IReadOnlyDictionary<Digest, PackSlice> slices = await LocateAsync(blobs, cancellationToken);
            missing.AddRange(blobs.Where(blob => !slices.TryGetValue(blob, out PackSlice slice) || lost.ContainsKey(slice.Pack)));
            blobs.ExceptWith(missing);
            await ForEachAsync(PackListing.Of(blobs.Select(blob => slices[blob])), ParallelLooks, async (pack, cancellationToken) =>
            {
                if (!await _looks.IsThereAsync(S3Names.OfPack(pack.Pack), size => size >= pack.Length, cancellationToken))
                {
                    lost[pack.Pack] = true;
                    Forget(pack.Pack);
                }
            }, cancellationToken);
            // What was in a pack that is lost may lie in another.
            blobs.RemoveWhere(blob => !lost.ContainsKey(slices[blob].Pack));
        }

        return missing;
    }

    private async Task<IReadOnlyList<Digest>> FindMissingLargeAsync(HashSet<Digest> blobs, CancellationToken cancellationToken)
    {
        if (blobs.Count > WorthListing)
        {
            // As many pages as looks would take turns; a store with far more than is asked for is not listed to its end. What the
            // pages do not show is looked for all the same: only a "not found" says that something is not there.
            Dictionary<string, Digest> byName = blobs.ToDictionary(S3Names.OfBlob, StringComparer.Ordinal);
            await foreach (StoredObject found in _bucket.ListAsync(S3Names.Blobs, blobs.Count / ParallelLooks, cancellationToken))
            {
                if (byName.TryGetValue(found.Name, out Digest blob) && found.Size == blob.Size)
                {
                    blobs.Remove(blob);
                }
            }
        }

        var missing = new ConcurrentBag<Digest>();
        await ForEachAsync(blobs, ParallelLooks, async (blob, cancellationToken) =>
        {
            if (!await _looks.IsThereAsync(S3Names.OfBlob(blob), size => size == blob.Size, cancellationToken))
            {
                missing.Add(blob);
            }
        }, cancellationToken);
        return [.. missing];
    }

    private void Forget(string pack)
    {
        _locations.Forget(pack);
        _looks.Forget(S3Names.OfPack(pack));
    }

    /// <summary>Whether a pack definitely does not have a blob that it should have. A pack that is not what its name says is removed, so that the next save stores it anew.</summary>
    private async ValueTask<bool> IsCorruptAsync(PackSlice slice, CancellationToken cancellationToken)
    {
        string name = S3Names.OfPack(slice.Pack);
        if (await _bucket.ReadAsync(name, PackLimits.LargestPack, read => Digest.Of(read.Content.Span).Hash == slice.Pack, cancellationToken) is not var (pack, isWhole))
        {
            return true;
        }

        if (isWhole)
        {
            // Then who told where the blob lies was wrong, or the answers were.
            return slice.End > pack.Content.Length || Digest.Of(pack.Content.Span[(int)slice.Offset..(int)slice.End]) != slice.Blob;
        }

        await _bucket.TryDeleteAsync(name, pack.ETag, cancellationToken);
        return true;
    }

    private BuildCacheException Missing(Digest blob) =>
        new(ErrorId.BlobMissing, $"The blob {blob} is not in {_bucket.Location}. The entry that names it is stale.");

    private static Task ForEachAsync<T>(IEnumerable<T> items, int parallel, Func<T, CancellationToken, ValueTask> action, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellationToken }, action);
}
