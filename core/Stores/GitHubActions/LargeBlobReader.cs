using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Stores.File;
using Microsoft.Win32.SafeHandles;

namespace BuildCache.Stores.GitHubActions;

/// <summary>Gets blobs that are archives of their own, each verified.</summary>
internal sealed class LargeBlobReader(Archives archives)
{
    private const long RangeSize = 16 * 1024 * 1024;

    // What comes over a network may be damaged on the way: only two answers that agree say what is stored.
    private const int MostReads = 4;

    /// <summary>Reads a blob that is small enough to hold in memory.</summary>
    /// <returns><see langword="null"/> when it is not there.</returns>
    public async ValueTask<byte[]?> ReadAsync(Digest blob, CancellationToken cancellationToken)
    {
        byte[] content = [];
        bool there = await TryReadAsync(blob, async _ =>
        {
            // As much memory as really comes, and not because somebody says that it is so large.
            byte[]? read = await archives.FindAsync(GitHubActionsBlobStore.BlobOf(blob), cancellationToken) is { } found
                ? await archives.ReadAsync(found, (int)Math.Min(blob.Size, Array.MaxLength), cancellationToken)
                : null;
            content = read ?? [];
            return read is null ? null : Digest.Of(read);
        });
        return there ? content : null;
    }

    /// <summary>Writes a blob to new files.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.BlobMissing"/> or <see cref="ErrorId.BlobCorrupt"/>.</exception>
    public async ValueTask ReadFilesAsync(Digest blob, IReadOnlyList<BlobTarget> targets, CancellationToken cancellationToken)
    {
        using FileStream first = Create(targets[0]);
        if (!await TryReadAsync(blob, range => ReadAsync(blob, first.SafeFileHandle, range, cancellationToken)))
        {
            throw Missing(blob);
        }

        foreach (BlobTarget target in targets.Skip(1))
        {
            using FileStream copy = Create(target);
            if (!BlobFile.TryShareBlocks(first.SafeFileHandle, copy.SafeFileHandle)
                && BlobFile.Copy(first.SafeFileHandle, copy.SafeFileHandle, cancellationToken) != blob)
            {
                throw new BuildCacheException(ErrorId.StoreUnavailable, $"'{targets[0].Path}' changed while it was being restored. Check what else writes there, and the disk.");
            }
        }
    }

    /// <summary>Makes the error for a blob that is not there.</summary>
    public static BuildCacheException Missing(Digest blob) =>
        new(ErrorId.BlobMissing, $"The blob {blob} is not in GitHub's cache any more, which evicts what was not used for long. The entry that names it is stale.");

    private async ValueTask<Digest?> ReadAsync(Digest blob, SafeFileHandle file, long rangeSize, CancellationToken cancellationToken)
    {
        bool whole = true;
        await Parallel.ForEachAsync(
            // An entry may claim any size; the first range tells.
            Offsets(blob.Size, rangeSize).TakeWhile(_ => Volatile.Read(ref whole)),
            GitHubActionsBlobStore.Parallelism(Bounds.Transfers, cancellationToken),
            async (offset, cancellationToken) =>
            {
                if (!await archives.ReadAsync(GitHubActionsBlobStore.BlobOf(blob), offset, Math.Min(rangeSize, blob.Size - offset), file, cancellationToken))
                {
                    Volatile.Write(ref whole, false);
                }
            });
        return whole ? FileHasher.HashContent(file, cancellationToken) : null;
    }

    private static IEnumerable<long> Offsets(long size, long rangeSize)
    {
        for (long offset = 0; offset < size; offset += rangeSize)
        {
            yield return offset;
        }
    }

    private async ValueTask<bool> TryReadAsync(Digest blob, Func<long, ValueTask<Digest?>> read)
    {
        Digest? previous = null;
        for (int reads = 0; reads < MostReads; reads++)
        {
            // Of many requests one is damaged more often than one is.
            Digest? content = await read(reads == 0 ? RangeSize : blob.Size);
            if (content is null || content == blob)
            {
                return content is not null;
            }

            if (content == previous)
            {
                archives.MarkLost(GitHubActionsBlobStore.BlobOf(blob));
                throw new BuildCacheException(ErrorId.BlobCorrupt,
                    $"What GitHub's cache has as the blob {blob} has another digest. It is passed over from now on, and the next save stores the blob anew.");
            }

            previous = content;
        }

        throw new BuildCacheException(ErrorId.StoreUnavailable,
            $"The blob {blob} arrives damaged, each time in another way. Check the network between here and GitHub's cache service.");
    }

    private static FileStream Create(BlobTarget target) =>
        BlobFile.Create(target.Path, target.Mode);
}
