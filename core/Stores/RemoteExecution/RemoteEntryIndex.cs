using System.Runtime.CompilerServices;
using BuildCache.Content;
using BuildCache.Content.Wire;
using BuildCache.Keys;
using BuildCache.RemoteApis;
using BuildCache.Stores.Packs;
using Digest = BuildCache.Content.Digest;

namespace BuildCache.Stores.RemoteExecution;

/// <summary>Entries as results in the action cache of a server, found by restore keys through pointers of its Remote Asset API.</summary>
internal sealed class RemoteEntryIndex(RemoteConnection connection) : IEntryIndex
{
    private readonly RestorePointers _pointers = new(connection);

    public async ValueTask<IndexedEntry?> GetAsync(CacheKey key, CancellationToken cancellationToken)
    {
        RemoteStorage storage = await connection.GetAsync(cancellationToken);
        if (await storage.Actions.GetAsync(EntryAction.Of(key).Digest, cancellationToken) is not { ExitCode: 0 } result
            || result.StdoutDigest.FromWire() is not { } digest)
        {
            return null;
        }

        // A server may put the output into a blob.
        ReadOnlyMemory<byte>? bytes = Digest.Of(result.StdoutRaw.Span) == digest ? result.StdoutRaw.Memory : await ReadAsync(storage, digest, cancellationToken);
        return bytes is { } entry && EntryAction.Decode(key, entry) is { } decoded
            ? new IndexedEntry(key, decoded.Record, decoded.Written!.Value, decoded.Written.Value, digest.Hash)
            : null;
    }

    public bool HasRestoreKeys => _pointers.AreSupported;

    public async ValueTask<bool> PutAsync(CacheKey key, EntryRecord record, bool replace, CancellationToken cancellationToken)
    {
        RemoteStorage storage = await connection.GetAsync(cancellationToken);
        if (!storage.Capabilities.CanUpdateActions)
        {
            throw new BuildCacheException(ErrorId.StoreAccessDenied,
                $"{connection.Endpoint.Name} takes no action results from clients. Use it read-only (?readonly=true), or have it set up to take them.");
        }

        // The action cache knows no conditions: of two that pass here at the same time the later one stays.
        if (!replace && await GetAsync(key, cancellationToken) is not null)
        {
            return false;
        }

        var action = EntryAction.Of(key);
        DateTimeOffset written = record.Written ?? DateTimeOffset.UtcNow;
        byte[] entry = new EntryObject(key, record.Bytes, written, [], []).Encode();
        Dictionary<Digest, byte[]> blobs = await ReadDirectoriesAsync(storage, record.Content, cancellationToken);
        foreach (byte[] blob in (IEnumerable<byte[]>)[entry, .. action.Blobs])
        {
            blobs[Digest.Of(blob)] = blob;
        }

        await storage.Blobs.WriteSmallAsync(await storage.Blobs.FindMissingAsync(blobs.Keys, cancellationToken), (blob, _) => new(blobs[blob]), cancellationToken);
        await storage.Actions.UpdateAsync(action.Digest, EntryAction.Encode(entry, record.Content), cancellationToken);
        await _pointers.AddAsync(key, written, cancellationToken);
        return true;
    }

    public async IAsyncEnumerable<IndexedEntry> ListAsync(CacheKey? restoreKey, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (restoreKey is null)
        {
            throw new BuildCacheException(ErrorId.UnsupportedByStore, $"{connection.Endpoint.Name} does not list what it holds. Give a restore key, or ask where the server runs.");
        }

        var given = new HashSet<CacheKey>();
        foreach (CacheKey key in (IEnumerable<CacheKey>)[.. await _pointers.FindAsync(restoreKey, cancellationToken), restoreKey])
        {
            if (given.Add(key) && await GetAsync(key, cancellationToken) is { } entry)
            {
                yield return entry;
            }
        }
    }

    public async ValueTask<bool> RemoveAsync(IndexedEntry entry, CancellationToken cancellationToken)
    {
        if (await GetAsync(entry.Key, cancellationToken) is not { } current || current.Version != entry.Version)
        {
            return false;
        }

        RemoteStorage storage = await connection.GetAsync(cancellationToken);
        await storage.Actions.UpdateAsync(EntryAction.Of(entry.Key).Digest, EntryAction.Removed, cancellationToken);
        return true;
    }

    // The server notes use by itself: a result that is asked for, and blobs that are looked for, were used.
    public ValueTask MarkUsedAsync(IndexedEntry entry, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public IReadOnlyList<StoreNotice> TakeNotices() => _pointers.TakeNotices();

    // Some servers give a result only while the directory messages of its trees are blobs too.
    private static async ValueTask<Dictionary<Digest, byte[]>> ReadDirectoriesAsync(RemoteStorage storage, EntryContent content, CancellationToken cancellationToken)
    {
        var messages = new Dictionary<Digest, byte[]>();
        foreach (ContentTree tree in content.Trees)
        {
            var bytes = new ArrivingBytes(tree.Tree.Size);
            if (await storage.Blobs.ReadAsync(tree.Tree, bytes.Write, cancellationToken))
            {
                foreach ((Digest digest, byte[] message) in TreeCodec.DecodeTree(bytes.ToArray()).Where(message => storage.Blobs.IsSmall(message.Key)))
                {
                    messages[digest] = message;
                }
            }
        }

        return messages;
    }

    private static async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(RemoteStorage storage, Digest blob, CancellationToken cancellationToken)
    {
        if (!storage.Blobs.IsSmall(blob))
        {
            return null;
        }

        ReadOnlyMemory<byte>? found = null;
        await storage.Blobs.ReadSmallAsync([blob], (_, content, _) =>
        {
            found = content.ToArray();
            return ValueTask.CompletedTask;
        }, cancellationToken);
        return found;
    }
}
