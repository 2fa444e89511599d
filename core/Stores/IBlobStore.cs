using BuildCache.Content;

namespace BuildCache.Stores;

/// <summary>Keeps content under its digest.</summary>
/// <remarks>
/// A blob that is not there is an answer. A store that cannot say (refused, away, out of time) throws a
/// <see cref="BuildCacheException"/> that <see cref="BuildCacheException.IsStoreFailure"/>: nothing may be concluded from that.
/// </remarks>
public interface IBlobStore
{
    /// <summary>Finds which of some blobs are definitely not there, or there with another size.</summary>
    ValueTask<IReadOnlyList<Digest>> FindMissingAsync(IReadOnlyCollection<Digest> blobs, CancellationToken cancellationToken = default);

    /// <summary>Reads blobs that are small enough to hold in memory together, and verifies them.</summary>
    /// <returns>Those that are there.</returns>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.BlobCorrupt"/>: what is stored has another digest. It was dropped, if the store allows.</exception>
    ValueTask<IReadOnlyDictionary<Digest, byte[]>> ReadAsync(IReadOnlyCollection<Digest> blobs, CancellationToken cancellationToken = default);

    /// <summary>Writes blobs to new files and verifies each.</summary>
    /// <param name="targets">The files. One blob may be wanted in several.</param>
    /// <param name="progress">Is told, of any thread, that so many more files are done.</param>
    /// <param name="cancellationToken">Stops; files may have been written by then.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.BlobMissing"/> or <see cref="ErrorId.BlobCorrupt"/>; files may have been written by then.</exception>
    ValueTask ReadFilesAsync(IReadOnlyList<BlobTarget> targets, IProgress<int>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>Begins to store content. Nothing is promised to be there before <see cref="IBlobUpload.CompleteAsync"/> has returned.</summary>
    IBlobUpload BeginUpload();
}

/// <summary>Content on its way into a store. What is small travels together. Not safe for several threads at once.</summary>
public interface IBlobUpload : IAsyncDisposable
{
    /// <summary>Adds files.</summary>
    /// <returns>The digests, in order, of exactly the bytes that are stored.</returns>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InputNotFound"/>: a file is not there.</exception>
    ValueTask<IReadOnlyList<Digest>> AddFilesAsync(IReadOnlyList<BlobSource> sources, CancellationToken cancellationToken = default);

    /// <summary>Adds content from memory, which must not change before the upload is complete.</summary>
    ValueTask AddAsync(Digest blob, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default);

    /// <summary>Returns when all that was added is in the store.</summary>
    ValueTask CompleteAsync(CancellationToken cancellationToken = default);
}

/// <summary>A file to store.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Known">Its digest, when the file is known to be unchanged since that was computed: a store that has it need not read the file.</param>
public readonly record struct BlobSource(string Path, Digest? Known = null);

/// <summary>A file to make of a blob.</summary>
/// <param name="Blob">The blob.</param>
/// <param name="Path">Full path of a file that does not exist yet, in a directory that does.</param>
/// <param name="Mode">Its mode, less what the umask of the process takes away; without a meaning on Windows.</param>
public readonly record struct BlobTarget(Digest Blob, string Path, UnixFileMode Mode = BlobTarget.Plain)
{
    /// <summary>The mode of a file that cannot be executed and of which no mode was kept: what the umask leaves.</summary>
    public const UnixFileMode Plain = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead
        | UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>The mode of a file that can be executed and of which no mode was kept.</summary>
    public const UnixFileMode Executable = Plain | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
}
