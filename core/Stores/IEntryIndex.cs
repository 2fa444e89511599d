using BuildCache.Content;
using BuildCache.Keys;
using BuildCache.Trust;

namespace BuildCache.Stores;

/// <summary>Keeps one small record under each key. What the record says is none of the index's business.</summary>
/// <remarks>Errors as in <see cref="IBlobStore"/>: only a definite absence is an answer.</remarks>
public interface IEntryIndex
{
    /// <summary>Whether restore keys can find anything here, as far as that is known without asking.</summary>
    bool HasRestoreKeys => true;

    /// <summary>The same index with every record that lies in it, those too that a policy of signatures takes for absent: for pruning and removal, not for lookups.</summary>
    IEntryIndex Everything => this;

    /// <summary>Gets the record of exactly this key, or <see langword="null"/>. A record that is damaged is not there.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.UnsupportedFormat"/>: a later version wrote it.</exception>
    ValueTask<IndexedEntry?> GetAsync(CacheKey key, CancellationToken cancellationToken = default);

    /// <summary>Puts a record, atomically.</summary>
    /// <param name="key">The key.</param>
    /// <param name="record">The record, and the content that it needs, all of which is in the store.</param>
    /// <param name="replace">Whether a record that is there gives way.</param>
    /// <param name="cancellationToken">Stops before anything is visible.</param>
    /// <returns>Whether it was put; <see langword="false"/> when one was there and stays.</returns>
    ValueTask<bool> PutAsync(CacheKey key, EntryRecord record, bool replace, CancellationToken cancellationToken = default);

    /// <summary>Lists the records whose keys a restore key matches, the newest first; without one, all.</summary>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.UnsupportedFormat"/>, when all are listed: one was written by a later version.
    /// <see cref="ErrorId.UnsupportedByStore"/>, when all are listed: the store has no list of all. One that has no restore keys
    /// either lists nothing for them, and leaves a notice once.
    /// </exception>
    IAsyncEnumerable<IndexedEntry> ListAsync(CacheKey? restoreKey, CancellationToken cancellationToken = default);

    /// <summary>Lists all records, in no order, and holds no more of them in memory than a few, however many there are.</summary>
    /// <exception cref="BuildCacheException">As <see cref="ListAsync"/> where all are listed. None is left out without an error.</exception>
    IAsyncEnumerable<IndexedEntry> ListAllAsync(CancellationToken cancellationToken = default) => ListAsync(null, cancellationToken);

    /// <summary>As <see cref="GetAsync"/>, and the time of the last use is that of this moment, even where it costs another question.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.UnsupportedFormat"/>: a later version wrote it.</exception>
    ValueTask<IndexedEntry?> GetWithUseAsync(CacheKey key, CancellationToken cancellationToken = default) => GetAsync(key, cancellationToken);

    /// <summary>Whether an entry gives way to one that is saved now, although it is good: its signature is worth less than that of the new one.</summary>
    bool Yields(IndexedEntry existing) => false;

    /// <summary>Removes a record unless it was replaced since it was read.</summary>
    /// <returns>Whether it was removed.</returns>
    ValueTask<bool> RemoveAsync(IndexedEntry entry, CancellationToken cancellationToken = default);

    /// <summary>Notes that an entry was used, so that pruning by last use keeps it. A store that cannot note it does nothing.</summary>
    ValueTask MarkUsedAsync(IndexedEntry entry, CancellationToken cancellationToken = default);

    /// <summary>Learns that all content of an entry was just restored: where there are tiers, the near ones have it now and take the record too.</summary>
    ValueTask MarkRestoredAsync(IndexedEntry entry, EntryContent content, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;
}

/// <summary>A record as it came out of an index.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Record">Its bytes, as they are stored: with the signature, if it has one.</param>
/// <param name="Written">When it was put: of several matches the newest wins.</param>
/// <param name="LastUsed">When it was last used, or put.</param>
/// <param name="Version">What the index knows this very record by, so that no other is removed in its place; its own business, or nothing.</param>
public sealed record IndexedEntry(CacheKey Key, ReadOnlyMemory<byte> Record, DateTimeOffset Written, DateTimeOffset LastUsed, string? Version = null)
{
    /// <summary>Who signed it, where signatures are verified; else nothing.</summary>
    public EntrySignature? Signature { get; init; }
}

/// <summary>A record to put.</summary>
/// <param name="Bytes">What the record says.</param>
/// <param name="Content">The content it needs.</param>
/// <param name="Written">When it was put first, when it is a copy out of another index.</param>
public sealed record EntryRecord(ReadOnlyMemory<byte> Bytes, EntryContent Content, DateTimeOffset? Written = null);

/// <summary>The content that an entry needs, for a store that keeps together what belongs together.</summary>
/// <param name="Files">The files it restores by themselves.</param>
/// <param name="Trees">The directories it restores.</param>
/// <param name="Blobs">Every blob that restoring or explaining it takes, those above and those inside of the trees included.</param>
public sealed record EntryContent(IReadOnlyList<ContentFile> Files, IReadOnlyList<ContentTree> Trees, IReadOnlyCollection<Digest> Blobs)
{
    /// <summary>No content at all.</summary>
    public static readonly EntryContent None = new([], [], []);

    /// <summary>Those of the blobs that are neither restored nor describe what is: what the work printed, and its inputs.</summary>
    public IReadOnlyList<Digest> Others { get; init; } = [];
}

/// <summary>A file of an entry.</summary>
/// <param name="Path">Where it belongs, relative, with <c>/</c>.</param>
/// <param name="Blob">Its content.</param>
/// <param name="IsExecutable">Whether it can be executed.</param>
public readonly record struct ContentFile(string Path, Digest Blob, bool IsExecutable);

/// <summary>A directory of an entry.</summary>
/// <param name="Path">Where it belongs, relative, with <c>/</c>.</param>
/// <param name="Tree">The blob with the <c>Tree</c> message of Remote Execution API v2.</param>
public readonly record struct ContentTree(string Path, Digest Tree);
