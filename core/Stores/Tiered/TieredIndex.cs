using System.Globalization;
using System.Runtime.CompilerServices;
using BuildCache.Content;
using BuildCache.Keys;

namespace BuildCache.Stores.Tiered;

/// <summary>Entries of several stores as those of one. The version of an entry tells the tier that it came from.</summary>
internal sealed class TieredIndex(Tier[] tiers, TieredBlobs blobs, bool hasEverything = false) : IEntryIndex
{
    // What a near tier lacks of a restored entry is what explains it; anything larger was restored, and is there.
    private const long LargestRest = 16 * 1024 * 1024;

    public bool HasRestoreKeys => tiers.Any(tier => !tier.IsDropped && tier.Store.Entries.HasRestoreKeys);

    public IEntryIndex Everything => hasEverything ? this : new TieredIndex(tiers, blobs, hasEverything: true);

    public bool Yields(IndexedEntry existing)
    {
        (int origin, IndexedEntry inner) = From(existing);
        return Of(tiers[origin].Store).Yields(inner);
    }

    public async ValueTask<IndexedEntry?> GetAsync(CacheKey key, CancellationToken cancellationToken)
    {
        bool anyAnswered = false;
        for (int i = 0; i < tiers.Length; i++)
        {
            (bool answered, IndexedEntry? entry) = await tiers[i].TryAsync(store => Of(store).GetAsync(key, cancellationToken));
            anyAnswered |= answered;
            if (entry is not null)
            {
                return Of(i, entry);
            }
        }

        return anyAnswered ? null : throw tiers[0].Failure;
    }

    public async ValueTask<bool> PutAsync(CacheKey key, EntryRecord record, bool replace, CancellationToken cancellationToken)
    {
        bool anyPut = false;
        // The farthest first: where many save the same key it says who won, and all see that one's entry.
        for (int i = tiers.Length - 1; i >= 0; i--)
        {
            if (blobs.HasLost(i, record.Content.Blobs))
            {
                continue;
            }

            (bool answered, bool put) = await tiers[i].TryWriteAsync(store => Of(store).PutAsync(key, record, replace, cancellationToken));
            if (answered && !put)
            {
                return false;
            }

            anyPut |= put;
        }

        return anyPut ? true : throw TieredBlobs.Refusal(tiers);
    }

    public async IAsyncEnumerable<IndexedEntry> ListAsync(CacheKey? restoreKey, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var lists = new IAsyncEnumerator<IndexedEntry>?[tiers.Length];
        var seen = new HashSet<(CacheKey, Digest)>();
        bool anyAnswered = false;
        try
        {
            for (int i = 0; i < tiers.Length; i++)
            {
                lists[i] = Of(tiers[i].Store).ListAsync(restoreKey, cancellationToken).GetAsyncEnumerator(cancellationToken);
                anyAnswered |= await AdvanceAsync(i);
            }

            while (Newest() is { } newest)
            {
                IndexedEntry entry = lists[newest]!.Current;
                if (seen.Add((entry.Key, Digest.Of(entry.Record.Span))))
                {
                    yield return Of(newest, entry);
                }

                await AdvanceAsync(newest);
            }
        }
        finally
        {
            foreach (IAsyncEnumerator<IndexedEntry>? list in lists)
            {
                await (list?.DisposeAsync() ?? ValueTask.CompletedTask);
            }
        }

        if (!anyAnswered)
        {
            throw tiers[0].Failure;
        }

        async ValueTask<bool> AdvanceAsync(int i)
        {
            (bool answered, bool more) = await tiers[i].TryAsync(_ => lists[i]!.MoveNextAsync());
            if (!answered || !more)
            {
                await lists[i]!.DisposeAsync();
                lists[i] = null;
            }

            // A list of all is for pruning, which must not take for orphans what it was not told of.
            return answered || (restoreKey is null ? throw tiers[i].Failure : false);
        }

        int? Newest()
        {
            int? newest = null;
            for (int i = 0; i < lists.Length; i++)
            {
                // Of the same age, the nearer.
                newest = lists[i] is { } list && (newest is not { } best || list.Current.Written > lists[best]!.Current.Written) ? i : newest;
            }

            return newest;
        }
    }

    public async ValueTask<bool> RemoveAsync(IndexedEntry entry, CancellationToken cancellationToken)
    {
        (int origin, IndexedEntry inner) = From(entry);
        (bool answered, bool removed) = await tiers[origin].TryWriteAsync(store => Of(store).RemoveAsync(inner, cancellationToken));
        return answered ? removed : throw TieredBlobs.Refusal([tiers[origin]]);
    }

    public async ValueTask MarkUsedAsync(IndexedEntry entry, CancellationToken cancellationToken)
    {
        (int origin, IndexedEntry inner) = From(entry);
        if (tiers[origin].AcceptsWrites)
        {
            await tiers[origin].TryWriteAsync(async store =>
            {
                await Of(store).MarkUsedAsync(inner, cancellationToken);
                return true;
            });
        }
    }

    public async ValueTask MarkRestoredAsync(IndexedEntry entry, EntryContent content, CancellationToken cancellationToken)
    {
        (int origin, IndexedEntry inner) = From(entry);
        for (int i = 0; i < origin; i++)
        {
            if (!tiers[i].AcceptsWrites || blobs.HasLost(i, content.Blobs))
            {
                continue;
            }

            (_, IReadOnlyList<Digest>? missing) = await tiers[i].TryAsync(store => store.Blobs.FindMissingAsync(content.Blobs, cancellationToken));
            if (missing is null || missing.Sum(blob => blob.Size) > LargestRest)
            {
                continue;
            }

            try
            {
                // Reading it keeps it near.
                if (missing.Count == 0 || (await blobs.ReadAsync(missing, cancellationToken)).Count == missing.Count)
                {
                    await tiers[i].TryWriteAsync(store => Of(store).PutAsync(
                        inner.Key, new EntryRecord(inner.Record, content, inner.Written), replace: true, cancellationToken));
                }
            }
            catch (BuildCacheException error) when (error.IsStoreFailure || error.Id == ErrorId.BlobCorrupt)
            {
                // What was asked for is done: the entry is restored. The next one will come from afar again.
            }
        }
    }

    private IEntryIndex Of(CacheStore store) => hasEverything ? store.Entries.Everything : store.Entries;

    private static IndexedEntry Of(int tier, IndexedEntry entry) =>
        entry with { Version = string.Create(CultureInfo.InvariantCulture, $"{tier}:{entry.Version}") };

    private static (int Tier, IndexedEntry Entry) From(IndexedEntry entry)
    {
        string version = entry.Version ?? throw new ArgumentException("The entry is of another store.", nameof(entry));
        int colon = version.IndexOf(':', StringComparison.Ordinal);
        return (int.Parse(version.AsSpan(0, colon), CultureInfo.InvariantCulture), entry with { Version = colon + 1 == version.Length ? null : version[(colon + 1)..] });
    }
}
