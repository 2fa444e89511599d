using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using BuildCache.Content;
using BuildCache.Keys;
using BuildCache.Pruning;
using BuildCache.Stores.Packs;

namespace BuildCache.Stores.S3;

/// <summary>Entries as objects under names that restore keys are prefixes of.</summary>
/// <remarks>The newest is the one that was written last by the clock of the service; a copy from another store is as old as it says.</remarks>
internal sealed class S3EntryIndex(S3Bucket bucket, S3BlobStore blobs, BlobLocations locations) : IEntryIndex, IAsyncDisposable
{
    private static readonly TimeSpan s_noteUseAfter = TimeSpan.FromDays(1);

    // A lookup mostly takes the first; who lists all takes all.
    private const int FewAhead = 2;
    private const int ManyAhead = 16;

    private readonly ConcurrentDictionary<string, Task> _notes = new(StringComparer.Ordinal);

    public async ValueTask<IndexedEntry?> GetAsync(CacheKey key, CancellationToken cancellationToken) =>
        await ReadAsync(S3Names.OfEntry(key) + S3Names.EntryEnd, null, cancellationToken) is { } entry && entry.Key.Equals(key) ? entry : null;

    public async ValueTask<bool> PutAsync(CacheKey key, EntryRecord record, bool replace, CancellationToken cancellationToken)
    {
        Digest[] small = [.. record.Content.Blobs.Where(blob => blob.Size <= PackLimits.LargestBlob && blob != Digest.Empty)];
        IReadOnlyDictionary<Digest, PackSlice> slices = await blobs.LocateAsync(small, cancellationToken);
        byte[] content = new EntryObject(key, record.Bytes, record.Written, PackListing.Of(slices.Values), []).Encode();
        string name = S3Names.OfEntry(key) + S3Names.EntryEnd;
        if (!replace)
        {
            return await bucket.WriteNewAsync(name, content, cancellationToken);
        }

        await bucket.WriteAsync(name, Digest.Of(content), content, cancellationToken);
        return true;
    }

    public async IAsyncEnumerable<IndexedEntry> ListAsync(CacheKey? restoreKey, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<(StoredObject Object, DateTimeOffset Used)> found = await FindAsync(restoreKey, cancellationToken);
        // A copy may be older than its object: it then waits until those are through that are newer.
        var copies = new PriorityQueue<IndexedEntry, long>();
        await foreach ((IndexedEntry entry, DateTimeOffset modified) in ReadAsync(found, restoreKey, cancellationToken))
        {
            while (copies.TryPeek(out IndexedEntry? copy, out _) && copy.Written >= modified)
            {
                yield return copies.Dequeue();
            }

            if (entry.Written < modified)
            {
                copies.Enqueue(entry, -entry.Written.UtcTicks);
            }
            else
            {
                yield return entry;
            }
        }

        while (copies.TryDequeue(out IndexedEntry? copy, out _))
        {
            yield return copy;
        }
    }

    public IAsyncEnumerable<IndexedEntry> ListAllAsync(CancellationToken cancellationToken) => ReadAhead.UnorderedAsync(
        StreamAsync(cancellationToken), ManyAhead, async (item, cancellationToken) => await ReadOrSkipAsync(item.Object, item.Used, null, cancellationToken), cancellationToken);

    public async ValueTask<IndexedEntry?> GetWithUseAsync(CacheKey key, CancellationToken cancellationToken)
    {
        if (await GetAsync(key, cancellationToken) is not { } entry)
        {
            return null;
        }

        return await bucket.LookAsync(S3Names.OfEntry(key) + S3Names.UsedEnd, cancellationToken) is { } mark && mark.Modified > entry.LastUsed
            ? entry with { LastUsed = mark.Modified }
            : entry;
    }

    public async ValueTask<bool> RemoveAsync(IndexedEntry entry, CancellationToken cancellationToken)
    {
        string name = S3Names.OfEntry(entry.Key);
        if (entry.Version is null || !await bucket.DeleteAsync(name + S3Names.EntryEnd, entry.Version, cancellationToken))
        {
            return false;
        }

        await bucket.DeleteAsync([name + S3Names.UsedEnd], cancellationToken);
        return true;
    }

    public ValueTask MarkUsedAsync(IndexedEntry entry, CancellationToken cancellationToken)
    {
        if (DateTimeOffset.UtcNow - entry.LastUsed >= s_noteUseAfter)
        {
            // Nobody waits for it: a lookup is a build's hot path.
            _notes.GetOrAdd(S3Names.OfEntry(entry.Key) + S3Names.UsedEnd, NoteAsync);
        }

        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_notes.Values);

    /// <summary>Finds the packs that any entry names, each as a digest without a size.</summary>
    /// <exception cref="BuildCacheException">Not every entry could be read.</exception>
    public async ValueTask<DigestFilter> FindPacksAsync(CancellationToken cancellationToken)
    {
        // How many there are is not known before.
        const int Expected = 1_000_000;
        var packs = new DigestFilter(Expected);
        await foreach ((StoredObject item, _) in StreamAsync(cancellationToken))
        {
            if (await DecodeAsync(item.Name, cancellationToken) is var (entry, _))
            {
                foreach (PackListing pack in entry.Packs)
                {
                    if (Digest.TryParse(pack.Pack, 0, out Digest name))
                    {
                        packs.Add(name);
                    }
                }
            }
        }

        return packs;
    }

    private async Task NoteAsync(string name)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            if (await bucket.LookAsync(name, patience.Token) is not { } there || DateTimeOffset.UtcNow - there.Modified >= s_noteUseAfter)
            {
                await bucket.WriteAsync(name, Digest.Empty, ReadOnlyMemory<byte>.Empty, patience.Token);
            }
        }
        catch (Exception error) when (error is BuildCacheException or OperationCanceledException)
        {
            // A store that may only be read is pruned by somebody else.
        }
    }

    /// <summary>Every entry object with the time of its mark, in the order of the service, which puts the mark behind its entry.</summary>
    /// <remarks>A service with another order loses the mark here; who removes an entry by its age looks for the mark again.</remarks>
    private async IAsyncEnumerable<(StoredObject Object, DateTimeOffset Used)> StreamAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        StoredObject? entry = null;
        await foreach (StoredObject item in bucket.ListAsync(S3Names.Entries, cancellationToken: cancellationToken))
        {
            if (entry is { } marked && item.Name.EndsWith(S3Names.UsedEnd, StringComparison.Ordinal)
                && item.Name.AsSpan(0, item.Name.Length - S3Names.UsedEnd.Length).SequenceEqual(marked.Name.AsSpan(0, marked.Name.Length - S3Names.EntryEnd.Length)))
            {
                yield return (marked, item.Modified);
                entry = null;
            }
            else if (item.Name.EndsWith(S3Names.EntryEnd, StringComparison.Ordinal))
            {
                if (entry is { } unmarked)
                {
                    yield return (unmarked, default);
                }

                entry = item;
            }
        }

        if (entry is { } last)
        {
            yield return (last, default);
        }
    }

    private async ValueTask<List<(StoredObject Object, DateTimeOffset Used)>> FindAsync(CacheKey? restoreKey, CancellationToken cancellationToken)
    {
        List<StoredObject> found = [];
        var used = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        await foreach (StoredObject item in bucket.ListAsync(restoreKey is null ? S3Names.Entries : S3Names.OfMatches(restoreKey), cancellationToken: cancellationToken))
        {
            if (item.Name.EndsWith(S3Names.EntryEnd, StringComparison.Ordinal))
            {
                found.Add(item);
            }
            else if (item.Name.EndsWith(S3Names.UsedEnd, StringComparison.Ordinal))
            {
                used[item.Name[..^S3Names.UsedEnd.Length]] = item.Modified;
            }
        }

        found.Sort((left, right) => right.Modified != left.Modified ? right.Modified.CompareTo(left.Modified) : string.CompareOrdinal(left.Name, right.Name));
        return found.ConvertAll(item => (item, used.GetValueOrDefault(item.Name[..^S3Names.EntryEnd.Length])));
    }

    /// <summary>Reads entries in order, some ahead of who takes them.</summary>
    private async IAsyncEnumerable<(IndexedEntry Entry, DateTimeOffset Modified)> ReadAsync(
        List<(StoredObject Object, DateTimeOffset Used)> found, CacheKey? restoreKey, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ahead = new Queue<(Task<IndexedEntry?> Entry, DateTimeOffset Modified)>();
        int next = 0;
        // One at first: the newest is mostly the one that is wanted.
        int most = 1;
        try
        {
            while (next < found.Count || ahead.Count > 0)
            {
                for (; next < found.Count && ahead.Count < most; next++)
                {
                    ahead.Enqueue((ReadOrSkipAsync(found[next].Object, found[next].Used, restoreKey, stop.Token), found[next].Object.Modified));
                }

                (Task<IndexedEntry?> reading, DateTimeOffset modified) = ahead.Dequeue();
                most = restoreKey is null ? ManyAhead : FewAhead;
                if (await reading is { } entry && (restoreKey is null || restoreKey.IsRestoreKeyOf(entry.Key)))
                {
                    yield return (entry, modified);
                }
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(ahead.Select(item => item.Entry)).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private async Task<IndexedEntry?> ReadOrSkipAsync(StoredObject found, DateTimeOffset used, CacheKey? restoreKey, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(found.Name, used, cancellationToken) is { } entry && S3Names.OfEntry(entry.Key) + S3Names.EntryEnd == found.Name ? entry : null;
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.UnsupportedFormat && restoreKey is not null)
        {
            // A later version's entries do not stop this one from finding its own. A list of all that left some out would be
            // another thing: pruning would take their blobs for orphans.
            return null;
        }
    }

    private async ValueTask<IndexedEntry?> ReadAsync(string name, DateTimeOffset? used, CancellationToken cancellationToken)
    {
        if (await DecodeAsync(name, cancellationToken) is not var (entry, read))
        {
            return null;
        }

        locations.Learn(entry.Packs);
        DateTimeOffset written = entry.Written is { } copied && copied < read.Modified ? copied : read.Modified;
        return new IndexedEntry(entry.Key, entry.Record, written, used > read.Modified ? used.Value : read.Modified, read.ETag);
    }

    private async ValueTask<(EntryObject Entry, ReadObject Read)?> DecodeAsync(string name, CancellationToken cancellationToken)
    {
        EntryObject? entry = null;
        try
        {
            return await bucket.ReadAsync(
                name, Ceilings.EntryObject, read => (entry = EntryObject.Decode(read.Content, $"{bucket.Location} {name}")) is not null, cancellationToken) is var (read, _) && entry is not null
                    ? (entry, read)
                    : null;
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.BlobCorrupt)
        {
            // Too large to be an entry of ours.
            return null;
        }
    }
}
