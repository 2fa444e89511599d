using BuildCache.Content;
using BuildCache.Stores.Packs;

namespace BuildCache.Stores.S3;

/// <summary>Counts what a bucket holds, and removes what no entry needs.</summary>
internal sealed class S3Sweep(S3Bucket bucket, PackIndex index, S3EntryIndex entries)
{
    private const int ParallelLooks = 16;

    public async ValueTask<StoreUsage> MeasureAsync(CancellationToken cancellationToken)
    {
        (long count, long bytes) = (0, 0);
        await foreach (StoredObject blob in bucket.ListAsync(S3Names.Blobs, cancellationToken: cancellationToken))
        {
            (count, bytes) = (count + 1, bytes + blob.Size);
        }

        Dictionary<string, HashSet<Digest>> contents = ContentsOf(await index.ReadAllAsync(cancellationToken));
        await foreach (StoredObject pack in bucket.ListAsync(S3Names.Packs, cancellationToken: cancellationToken))
        {
            (count, bytes) = (count + (contents.TryGetValue(HashOf(pack), out HashSet<Digest>? blobs) ? blobs.Count : 1), bytes + pack.Size);
        }

        return new StoreUsage(count, bytes);
    }

    /// <summary>Removes blobs and packs that no entry needs, and uploads that nobody finished. All is listed before anything is removed.</summary>
    public async ValueTask<StoreUsage> SweepAsync(Func<Digest, bool> isNeeded, DateTimeOffset olderThan, CancellationToken cancellationToken)
    {
        // The packs before the index: one that is saved in between is then young, or known.
        List<StoredObject> packs = await ListAsync(S3Names.Packs, olderThan, cancellationToken);
        List<StoredObject> blobs = await ListAsync(S3Names.Blobs, olderThan, cancellationToken);
        List<UnfinishedUpload> uploads = [];
        await foreach (UnfinishedUpload upload in bucket.ListUploadsAsync(S3Names.Blobs, cancellationToken))
        {
            if (upload.Begun < olderThan)
            {
                uploads.Add(upload);
            }
        }

        IReadOnlyList<(StoredObject Object, IReadOnlyList<PackListing>? Packs)> listings = await index.ReadAllAsync(cancellationToken);
        Dictionary<string, HashSet<Digest>> contents = ContentsOf(listings);
        packs.RemoveAll(pack => contents.TryGetValue(HashOf(pack), out HashSet<Digest>? inside) && inside.Any(isNeeded));
        // Of a pack that no index knows, only the entries can tell whether they need it.
        if (packs.Any(pack => !contents.ContainsKey(HashOf(pack))))
        {
            HashSet<string> named = await entries.FindPacksAsync(cancellationToken);
            packs.RemoveAll(pack => !contents.ContainsKey(HashOf(pack)) && named.Contains(HashOf(pack)));
        }

        blobs.RemoveAll(IsNeeded);
        List<StoredObject> gone = await DeleteAsync([.. packs, .. blobs], item => item.Modified < olderThan && !IsNeeded(item), cancellationToken);
        await TidyIndexAsync(listings, [.. gone.Where(item => item.Name.StartsWith(S3Names.Packs, StringComparison.Ordinal)).Select(HashOf)], olderThan, cancellationToken);
        foreach (UnfinishedUpload upload in uploads)
        {
            await bucket.AbortAsync(upload, cancellationToken);
        }

        return new StoreUsage(gone.Sum(item => contents.TryGetValue(HashOf(item), out HashSet<Digest>? inside) ? inside.Count : 1), gone.Sum(item => item.Size));

        bool IsNeeded(StoredObject blob) =>
            blob.Name.StartsWith(S3Names.Blobs, StringComparison.Ordinal) && Digest.TryParse(HashOf(blob), blob.Size, out Digest digest) && isNeeded(digest);
    }

    private async ValueTask<List<StoredObject>> ListAsync(string prefix, DateTimeOffset olderThan, CancellationToken cancellationToken)
    {
        List<StoredObject> found = [];
        await foreach (StoredObject item in bucket.ListAsync(prefix, cancellationToken: cancellationToken))
        {
            if (item.Modified < olderThan)
            {
                found.Add(item);
            }
        }

        return found;
    }

    private async ValueTask<List<StoredObject>> DeleteAsync(List<StoredObject> objects, Func<StoredObject, bool> isOrphan, CancellationToken cancellationToken)
    {
        const int AtOnce = 200;
        List<StoredObject> gone = [];
        foreach (StoredObject[] part in objects.Chunk(AtOnce))
        {
            // Content that is being saved again was touched meanwhile; so the age is read anew, as late as can be.
            var old = new StoredObject?[part.Length];
            await Parallel.ForAsync(0, part.Length, new ParallelOptions { MaxDegreeOfParallelism = ParallelLooks, CancellationToken = cancellationToken }, async (i, cancellationToken) =>
                old[i] = await bucket.LookAsync(part[i].Name, cancellationToken) is { } there && isOrphan(there) ? there : null);
            List<StoredObject> going = [.. old.Where(item => item is not null).Select(item => item!.Value)];
            await bucket.DeleteAsync([.. going.Select(item => item.Name)], cancellationToken);
            gone.AddRange(going);
        }

        return gone;
    }

    /// <summary>Writes index objects anew without the packs that are gone, and removes those that nobody can read.</summary>
    private async ValueTask TidyIndexAsync(
        IReadOnlyList<(StoredObject Object, IReadOnlyList<PackListing>? Packs)> listings, HashSet<string> gone, DateTimeOffset olderThan, CancellationToken cancellationToken)
    {
        List<string> replaced = [];
        foreach ((StoredObject item, IReadOnlyList<PackListing>? packs) in listings)
        {
            if (packs is null ? item.Modified >= olderThan : !packs.Any(pack => gone.Contains(pack.Pack)))
            {
                continue;
            }

            PackListing[] left = [.. packs?.Where(pack => !gone.Contains(pack.Pack)) ?? []];
            if (left.Length > 0)
            {
                await index.WriteAsync(left, cancellationToken);
            }

            replaced.Add(item.Name);
        }

        await bucket.DeleteAsync(replaced, cancellationToken);
    }

    private static Dictionary<string, HashSet<Digest>> ContentsOf(IEnumerable<(StoredObject Object, IReadOnlyList<PackListing>? Packs)> listings)
    {
        var contents = new Dictionary<string, HashSet<Digest>>(StringComparer.Ordinal);
        foreach (PackListing pack in listings.SelectMany(listing => listing.Packs ?? []))
        {
            if (!contents.TryGetValue(pack.Pack, out HashSet<Digest>? blobs))
            {
                contents.Add(pack.Pack, blobs = []);
            }

            blobs.UnionWith(pack.Slices.Select(slice => slice.Blob));
        }

        return contents;
    }

    private static string HashOf(StoredObject item) => item.Name[(item.Name.LastIndexOf('/') + 1)..];
}
