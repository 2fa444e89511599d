using BuildCache.Content;

namespace BuildCache.Stores;

/// <summary>One blob at a time, where no others can travel with it.</summary>
public static class SingleBlobs
{
    /// <summary>Reads a blob that is small enough to hold in memory, and verifies it.</summary>
    /// <returns><see langword="null"/> when it is not there.</returns>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.BlobCorrupt"/>: what is stored has another digest, or it is larger than any such blob.</exception>
    public static async ValueTask<byte[]?> ReadAsync(this IBlobStore blobs, Digest blob, CancellationToken cancellationToken = default) =>
        blob.Size <= Ceilings.BlobInMemory ? (await blobs.ReadAsync([blob], cancellationToken)).GetValueOrDefault(blob)
            : throw new BuildCacheException(ErrorId.BlobCorrupt, $"The blob {blob} is to be read into memory, and at most {Ceilings.BlobInMemory:N0} bytes are. The entry that names it cannot be trusted; remove it.") { Blob = blob };

    /// <summary>Stores content from memory.</summary>
    public static async ValueTask WriteAsync(this IBlobStore blobs, Digest blob, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        await using IBlobUpload upload = blobs.BeginUpload();
        await upload.AddAsync(blob, content, cancellationToken);
        await upload.CompleteAsync(cancellationToken);
    }
}
