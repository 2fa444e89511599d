using System.Buffers.Binary;
using BuildCache.Content;
using BuildCache.Keys;
using BuildCache.Pruning;
using BuildCache.Stores;

namespace BuildCache.Entries;

/// <summary>What pruning has to know of every entry of a store, on disk where it is much: its rank, its key, and who owns which blob.</summary>
internal sealed class PruneScan : IDisposable
{
    /// <summary>An entry: its <see cref="PruneRank"/>, a hash of its record, and where its key stands.</summary>
    public const int EntryLength = PruneRank.Length + RecordHashLength + sizeof(long);

    /// <summary>A blob with the last of its owners: the owner's <see cref="PruneRank"/>, the <see cref="BlobKey"/>.</summary>
    public const int FreedLength = PruneRank.Length + BlobKey.Length;

    private const int RecordHashLength = 16;

    // Reading an entry waits for a disk or a server as much as it computes; each may hold a large tree meanwhile.
    private const int Parallel = 8;

    private readonly SpillSort _entries = new(EntryLength);
    private readonly SpillSort _owners = new(FreedLength);
    private readonly SpillSort _freed = new(FreedLength);
    private readonly SpillTexts _keys = new();
    private readonly Lock _gate = new();

    /// <summary>How many blobs the entries own.</summary>
    public long Blobs { get; private set; }

    /// <summary>Their bytes, each blob counted once.</summary>
    public Int128 Bytes { get; private set; }

    /// <summary>Reads all entries.</summary>
    /// <exception cref="BuildCacheException">Not all could be read.</exception>
    public async ValueTask FillAsync(CacheStore store, CancellationToken cancellationToken)
    {
        await System.Threading.Tasks.Parallel.ForEachAsync(
            store.Entries.Everything.ListAllAsync(cancellationToken), new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken },
            async (indexed, cancellationToken) =>
            {
                Add(indexed, await CollectAsync(indexed, store.Blobs, cancellationToken));
            });
        FindLastOwners(cancellationToken);
    }

    /// <summary>Collects the content of an entry.</summary>
    /// <returns><see langword="null"/> when it is lost.</returns>
    public static async ValueTask<EntryContent?> CollectAsync(IndexedEntry indexed, IBlobStore blobs, CancellationToken cancellationToken)
    {
        CacheEntry entry;
        try
        {
            entry = EntryCodec.Decode(indexed);
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.BlobCorrupt)
        {
            return null;
        }

        return (await EntryTrees.TryReadAsync(entry, blobs, cancellationToken))?.ContentOf(entry);
    }

    /// <summary>Decodes an entry; of a record that cannot be read, what its index says.</summary>
    public static CacheEntry Decode(IndexedEntry indexed)
    {
        try
        {
            return EntryCodec.Decode(indexed);
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.BlobCorrupt)
        {
            return new CacheEntry(indexed.Key, [], default, "", default, null, null) { LastUsed = indexed.LastUsed };
        }
    }

    /// <summary>The entries in the order in which they go.</summary>
    public SortedRecords Entries(CancellationToken cancellationToken) => _entries.Read(cancellationToken);

    /// <summary>Which blobs go with which entry, in the order of the entries.</summary>
    public SortedRecords Freed(CancellationToken cancellationToken) => _freed.Read(cancellationToken);

    /// <summary>All blobs that any entry owns.</summary>
    public DigestFilter Owned(CancellationToken cancellationToken)
    {
        var owned = new DigestFilter(Blobs);
        SortedRecords freed = Freed(cancellationToken);
        while (freed.MoveNext())
        {
            owned.Add(freed.Current[PruneRank.Length..]);
        }

        return owned;
    }

    /// <summary>The key of an entry.</summary>
    public CacheKey KeyOf(ReadOnlySpan<byte> entry)
    {
        long place = BinaryPrimitives.ReadInt64BigEndian(entry[(PruneRank.Length + RecordHashLength)..]);
        return CacheId.Parse(_keys.At(place));
    }

    /// <summary>Whether a record is still the one that was listed, and was not used since.</summary>
    public static bool IsUnchanged(ReadOnlySpan<byte> entry, IndexedEntry now)
    {
        Span<byte> hash = stackalloc byte[RecordHashLength];
        WriteRecordHash(now, hash);
        return now.LastUsed <= PruneRank.LastUsed(entry) && entry.Slice(PruneRank.Length, RecordHashLength).SequenceEqual(hash);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _entries.Dispose();
        _owners.Dispose();
        _freed.Dispose();
        _keys.Dispose();
    }

    private void Add(IndexedEntry indexed, EntryContent? content)
    {
        Span<byte> entry = stackalloc byte[EntryLength];
        Span<byte> owner = stackalloc byte[FreedLength];
        long bytes = 0;
        foreach (Digest blob in content?.Blobs ?? [])
        {
            bytes = blob.Size > long.MaxValue - bytes ? long.MaxValue : bytes + blob.Size;
        }

        PruneRank.Write(indexed, content is not null, bytes, entry);
        WriteRecordHash(indexed, entry[PruneRank.Length..]);
        entry[..PruneRank.Length].CopyTo(owner[BlobKey.Length..]);
        string id = indexed.Key.Id;
        lock (_gate)
        {
            BinaryPrimitives.WriteInt64BigEndian(entry[(PruneRank.Length + RecordHashLength)..], _keys.Add(id));
            _entries.Add(entry);
            foreach (Digest blob in content?.Blobs ?? [])
            {
                BlobKey.Write(blob, owner);
                _owners.Add(owner);
            }
        }
    }

    // Content that several entries share goes with the last of them: of the owners of each blob, the one of the greatest rank.
    private void FindLastOwners(CancellationToken cancellationToken)
    {
        Span<byte> last = stackalloc byte[FreedLength];
        Span<byte> freed = stackalloc byte[FreedLength];
        SortedRecords owners = _owners.Read(cancellationToken);
        for (bool more = owners.MoveNext(); more;)
        {
            owners.Current.CopyTo(last);
            more = owners.MoveNext();
            if (more && owners.Current[..BlobKey.Length].SequenceEqual(last[..BlobKey.Length]))
            {
                continue;
            }

            last[BlobKey.Length..].CopyTo(freed);
            last[..BlobKey.Length].CopyTo(freed[PruneRank.Length..]);
            _freed.Add(freed);
            Blobs++;
            Bytes += BlobKey.SizeOf(last);
            if (Blobs % 10_000 == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        _owners.Dispose();
    }

    private static void WriteRecordHash(IndexedEntry indexed, Span<byte> hash)
    {
        Span<byte> key = stackalloc byte[BlobKey.Length];
        BlobKey.Write(Digest.Of(indexed.Record.Span), key);
        key[..RecordHashLength].CopyTo(hash);
    }
}
