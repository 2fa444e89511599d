using BuildCache.Content;

namespace BuildCache.Stores;

/// <summary>Keeps content under its digest.</summary>
/// <remarks>
/// A blob that is not there is an answer. A store that cannot say (refused, away, out of time) throws
/// <see cref="BuildCacheException"/> with <see cref="ErrorId.StoreUnavailable"/>: nothing may be concluded from that.
/// </remarks>
public interface IBlobStore
{
    /// <summary>Finds which of some blobs are definitely not there, or there with another size.</summary>
    ValueTask<IReadOnlyList<Digest>> FindMissingAsync(IReadOnlyCollection<Digest> blobs, CancellationToken cancellationToken = default);

    /// <summary>Reads a blob that is small enough to hold in memory, and verifies it.</summary>
    /// <returns><see langword="null"/> when it is not there.</returns>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.BlobCorrupt"/>: what is stored has another digest. It was dropped, if the store allows.</exception>
    ValueTask<byte[]?> ReadAsync(Digest blob, CancellationToken cancellationToken = default);

    /// <summary>Writes blobs to new files and verifies each.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.BlobMissing"/> or <see cref="ErrorId.BlobCorrupt"/>; files may have been written by then.</exception>
    ValueTask ReadFilesAsync(IReadOnlyList<BlobTarget> targets, CancellationToken cancellationToken = default);

    /// <summary>Stores content from memory.</summary>
    ValueTask WriteAsync(Digest blob, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default);

    /// <summary>Stores files.</summary>
    /// <returns>The digests, in order, of exactly the bytes that were stored.</returns>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InputNotFound"/>: a file is not there.</exception>
    ValueTask<IReadOnlyList<Digest>> WriteFilesAsync(IReadOnlyList<BlobSource> sources, CancellationToken cancellationToken = default);
}

/// <summary>A file to store.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Known">Its digest, when the file is known to be unchanged since that was computed: a store that has it need not read the file.</param>
public readonly record struct BlobSource(string Path, Digest? Known = null);

/// <summary>A file to make of a blob.</summary>
/// <param name="Blob">The blob.</param>
/// <param name="Path">Full path of a file that does not exist yet, in a directory that does.</param>
/// <param name="IsExecutable">Whether the file can be executed.</param>
public readonly record struct BlobTarget(Digest Blob, string Path, bool IsExecutable = false);
