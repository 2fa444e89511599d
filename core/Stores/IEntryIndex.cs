using BuildCache.Keys;

namespace BuildCache.Stores;

/// <summary>Keeps one small record under each key. What the record says is none of the index's business.</summary>
/// <remarks>Errors as in <see cref="IBlobStore"/>: only a definite absence is an answer.</remarks>
public interface IEntryIndex
{
    /// <summary>Gets the record of exactly this key, or <see langword="null"/>. A record that is damaged is not there.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.UnsupportedFormat"/>: a later version wrote it.</exception>
    ValueTask<IndexedEntry?> GetAsync(CacheKey key, CancellationToken cancellationToken = default);

    /// <summary>Puts a record, atomically.</summary>
    /// <param name="key">The key.</param>
    /// <param name="record">The record.</param>
    /// <param name="replace">Whether a record that is there gives way.</param>
    /// <param name="cancellationToken">Stops before anything is visible.</param>
    /// <returns>Whether it was put; <see langword="false"/> when one was there and stays.</returns>
    ValueTask<bool> PutAsync(CacheKey key, ReadOnlyMemory<byte> record, bool replace, CancellationToken cancellationToken = default);

    /// <summary>Lists the records whose keys a restore key matches, the newest first; without one, all.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.UnsupportedFormat"/>, when all are listed: one was written by a later version.</exception>
    IAsyncEnumerable<IndexedEntry> ListAsync(CacheKey? restoreKey, CancellationToken cancellationToken = default);

    /// <summary>Removes a record unless it was replaced since it was read.</summary>
    /// <returns>Whether it was removed.</returns>
    ValueTask<bool> RemoveAsync(IndexedEntry entry, CancellationToken cancellationToken = default);

    /// <summary>Notes that an entry was used, so that pruning by last use keeps it. A store that cannot note it does nothing.</summary>
    void MarkUsed(IndexedEntry entry);
}

/// <summary>A record as it came out of an index.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Record">Its bytes, as they were put.</param>
/// <param name="LastUsed">When it was last used, or put.</param>
public sealed record IndexedEntry(CacheKey Key, ReadOnlyMemory<byte> Record, DateTimeOffset LastUsed);
