using BuildCache.Content;
using BuildCache.Pruning;
using BuildCache.Stores.Packs;

namespace BuildCache.Stores.S3;

/// <summary>Counts what a bucket holds, and removes what no entry needs. What it has to know of all packs and orphans lies in temporary files.</summary>
internal sealed class S3Sweep(S3Bucket bucket, PackIndex index, S3EntryIndex entries)
{
    private const int ParallelLooks = 16;

    // After so many packs the indexes are written anew, so that no more have to be remembered.
    private const int MostGone = 20_000;

    public async ValueTask<StoreUsage> MeasureAsync(CancellationToken cancellationToken)
    {
        (long count, long bytes) = (0, 0);
        await foreach (StoredObject blob in bucket.ListAsync(S3Names.Blobs, cancellationToken: cancellationToken))
        {
            (count, bytes) = (count + 1, bytes + blob.Size);
        }

        using var facts = new PackFacts();
        await foreach (StoredObject pack in bucket.ListAsync(S3Names.Packs, cancellationToken: cancellationToken))
        {
            facts.AddListed(pack);
            bytes += pack.Size;
        }

        await foreach (IndexObject found in index.ReadAllAsync(cancellationToken))
        {
            foreach (PackListing pack in found.Packs ?? [])
            {
                facts.AddIndexed(pack, isNeeded: false);
            }
        }

        return new StoreUsage(count + facts.Read(cancellationToken).Sum(pack => pack.Blobs), bytes);
    }

    /// <summary>Removes blobs and packs that no entry needs, and uploads that nobody finished. All is listed before anything is removed.</summary>
    public async ValueTask<StoreUsage> SweepAsync(Func<Digest, bool> isNeeded, DateTimeOffset olderThan, CancellationToken cancellationToken)
    {
        using var packs = new PackFacts();
        using var blobs = new SpillTexts();
        using var damaged = new SpillTexts();
        // The packs before the index: one that is saved in between is then young, or known.
        await foreach (StoredObject pack in bucket.ListAsync(S3Names.Packs, cancellationToken: cancellationToken))
        {
            if (pack.Modified < olderThan)
            {
                packs.AddListed(pack);
            }
        }

        await foreach (StoredObject blob in bucket.ListAsync(S3Names.Blobs, cancellationToken: cancellationToken))
        {
            if (blob.Modified < olderThan && !IsNeeded(blob))
            {
                blobs.Add(blob.Name);
            }
        }

        List<UnfinishedUpload> uploads = [];
        await foreach (UnfinishedUpload upload in bucket.ListUploadsAsync(S3Names.Blobs, cancellationToken))
        {
            if (upload.Begun < olderThan)
            {
                uploads.Add(upload);
            }
        }

        await foreach (IndexObject found in index.ReadAllAsync(cancellationToken))
        {
            if (found.Packs is null && found.Object.Modified < olderThan)
            {
                damaged.Add(found.Object.Name);
            }

            foreach (PackListing pack in found.Packs ?? [])
            {
                packs.AddIndexed(pack, pack.Slices.Any(slice => isNeeded(slice.Blob)));
            }
        }

        // Of a pack that no index knows, only the entries can tell whether they need it.
        DigestFilter? named = packs.Read(cancellationToken).Any(pack => !pack.IsKnown) ? await entries.FindPacksAsync(cancellationToken) : null;
        IEnumerable<PackFact> orphans = packs.Read(cancellationToken).Where(pack =>
            pack.IsKnown ? !pack.IsNeeded : !(Digest.TryParse(HashOf(pack.Name), 0, out Digest name) && named!.MayContain(name)));
        StoreUsage gone = default;
        foreach (PackFact[] part in orphans.Chunk(MostGone))
        {
            gone = Sum(gone, await DeletePacksAsync(part, olderThan, cancellationToken));
        }

        foreach (string[] part in damaged.All().Chunk(ParallelLooks))
        {
            await bucket.DeleteAsync(part, cancellationToken);
        }

        await DeleteAsync(blobs.All(), item => item.Modified < olderThan && !IsNeeded(item), item => gone = Sum(gone, new StoreUsage(1, item.Size)), cancellationToken);
        foreach (UnfinishedUpload upload in uploads)
        {
            await bucket.AbortAsync(upload, cancellationToken);
        }

        return gone;

        bool IsNeeded(StoredObject blob) => Digest.TryParse(HashOf(blob.Name), blob.Size, out Digest digest) && isNeeded(digest);
    }

    private async ValueTask<StoreUsage> DeletePacksAsync(PackFact[] packs, DateTimeOffset olderThan, CancellationToken cancellationToken)
    {
        var blobs = packs.ToDictionary(pack => pack.Name, pack => pack.Blobs, StringComparer.Ordinal);
        HashSet<string> gone = new(StringComparer.Ordinal);
        StoreUsage usage = default;
        await DeleteAsync(blobs.Keys, item => item.Modified < olderThan, item =>
        {
            gone.Add(HashOf(item.Name));
            usage = Sum(usage, new StoreUsage(blobs[item.Name], item.Size));
        }, cancellationToken);
        if (gone.Count > 0)
        {
            await TidyIndexAsync(gone, cancellationToken);
        }

        return usage;
    }

    private async ValueTask DeleteAsync(IEnumerable<string> names, Func<StoredObject, bool> isOrphan, Action<StoredObject> deleted, CancellationToken cancellationToken)
    {
        const int AtOnce = 200;
        foreach (string[] part in names.Chunk(AtOnce))
        {
            // Content that is being saved again was touched meanwhile; so the age is read anew, as late as can be.
            var old = new StoredObject?[part.Length];
            await Parallel.ForAsync(0, part.Length, new ParallelOptions { MaxDegreeOfParallelism = ParallelLooks, CancellationToken = cancellationToken }, async (i, cancellationToken) =>
                old[i] = await bucket.LookAsync(part[i], cancellationToken) is { } there && isOrphan(there) ? there : null);
            List<StoredObject> going = [.. old.Where(item => item is not null).Select(item => item!.Value)];
            await bucket.DeleteAsync([.. going.Select(item => item.Name)], cancellationToken);
            going.ForEach(deleted);
        }
    }

    /// <summary>Writes index objects anew without the packs that are gone.</summary>
    private async ValueTask TidyIndexAsync(HashSet<string> gone, CancellationToken cancellationToken)
    {
        List<string> replaced = [];
        await foreach (IndexObject found in index.ReadAllAsync(cancellationToken))
        {
            if (found.Packs is not { } packs || !packs.Any(pack => gone.Contains(pack.Pack)))
            {
                continue;
            }

            PackListing[] left = [.. packs.Where(pack => !gone.Contains(pack.Pack))];
            if (left.Length > 0)
            {
                await index.WriteAsync(left, cancellationToken);
            }

            replaced.Add(found.Object.Name);
        }

        await bucket.DeleteAsync(replaced, cancellationToken);
    }

    private static StoreUsage Sum(StoreUsage left, StoreUsage right) => new(left.Count + right.Count, left.Bytes + right.Bytes);

    private static string HashOf(string name) => name[(name.LastIndexOf('/') + 1)..];
}
