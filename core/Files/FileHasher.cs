using System.Buffers;
using System.Security.Cryptography;
using BuildCache.Content;
using Microsoft.Win32.SafeHandles;

namespace BuildCache.Files;

/// <summary>Notes something about content while it is hashed, so that the file need not be read a second time.</summary>
/// <param name="content">The whole content.</param>
/// <returns>Any of the seven low bits; the highest is taken.</returns>
public delegate byte ContentMarker(ReadOnlySpan<byte> content);

/// <summary>The digest of a file with what a <see cref="ContentMarker"/> noted about it.</summary>
/// <param name="Digest">The digest of the content.</param>
/// <param name="Marks">What the marker noted.</param>
/// <param name="Stamp">The stamp that the file had, the same before and after it was read.</param>
/// <param name="IsSettled">Whether the content is known to be the same for as long as the stamp is; never without a <see cref="HashMemory"/>.</param>
public readonly record struct HashedFile(Digest Digest, byte Marks, FileStamp Stamp, bool IsSettled = false);

/// <summary>Computes the digests of files, several at a time, with the help of a <see cref="HashMemory"/>.</summary>
/// <param name="memory">Where earlier digests are remembered, or none.</param>
/// <param name="marker">What to note about each file, or nothing.</param>
public sealed class FileHasher(HashMemory? memory = null, ContentMarker? marker = null)
{
    // A remembered digest without marks does not answer a question about marks.
    private const byte Marked = 0x80;
    private const int BufferSize = 256 * 1024;
    private const long LargestMarkedFile = 64 * 1024 * 1024;

    /// <summary>Hashes one file.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InputNotFound"/>: there is no such file, or it is a directory.</exception>
    public HashedFile Hash(string path, CancellationToken cancellationToken = default)
    {
        for (int attempt = 0; ; attempt++)
        {
            FileStamp stamp = StampOf(path);
            if (memory is not null && memory.TryGet(path, stamp, out Digest known, out byte marks) && (marker is null || (marks & Marked) != 0))
            {
                return new HashedFile(known, (byte)(marks & ~Marked), stamp, IsSettled: true);
            }

            bool isSettled = memory?.MayRemember(path, stamp) ?? false;
            HashedFile hashed = Read(path, stamp, cancellationToken) with { IsSettled = isSettled };
            // A file that grows while it is read has no digest yet; one more look settles it or names the culprit.
            if (StampOf(path) == stamp && hashed.Digest.Size == stamp.Size)
            {
                if (isSettled)
                {
                    memory!.Remember(path, stamp, hashed.Digest, marker is null ? (byte)0 : (byte)(hashed.Marks | Marked));
                }

                return hashed;
            }

            if (attempt == 3)
            {
                throw new BuildCacheException(ErrorId.InputChanged, $"'{path}' keeps changing while it is being hashed. Stop what writes it, or leave it out of the inputs.");
            }
        }
    }

    /// <summary>Hashes many files, at most one a processor at a time.</summary>
    /// <returns>The digests, in the order of <paramref name="paths"/>.</returns>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InputNotFound"/>: one of them is not a file.</exception>
    public IReadOnlyList<HashedFile> HashAll(IReadOnlyList<string> paths, CancellationToken cancellationToken = default)
    {
        var hashed = new HashedFile[paths.Count];
        // What is remembered costs less than handing it to another thread.
        List<int>? unknown = null;
        for (int i = 0; i < hashed.Length; i++)
        {
            FileStamp stamp = memory is null ? default : StampOf(paths[i]);
            if (memory is not null && memory.TryGet(paths[i], stamp, out Digest known, out byte marks) && (marker is null || (marks & Marked) != 0))
            {
                hashed[i] = new HashedFile(known, (byte)(marks & ~Marked), stamp, IsSettled: true);
            }
            else
            {
                (unknown ??= []).Add(i);
            }
        }

        if (unknown is null)
        {
            return hashed;
        }

        ParallelFiles.For(unknown.Count, i => hashed[unknown[i]] = Hash(paths[unknown[i]], cancellationToken), cancellationToken);
        return hashed;
    }

    private HashedFile Read(string path, FileStamp stamp, CancellationToken cancellationToken)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, options: FileOptions.SequentialScan, share: FileShare.ReadWrite | FileShare.Delete);
            if (marker is not null && stamp.Size <= LargestMarkedFile)
            {
                return ReadMarked(file, stamp);
            }

            Digest digest = HashContent(file, cancellationToken);
            return new HashedFile(digest, marker is null ? (byte)0 : (byte)(0xFF & ~Marked), stamp);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw NotFound(path, error);
        }
    }

    private HashedFile ReadMarked(SafeFileHandle file, FileStamp stamp)
    {
        int size = (int)stamp.Size;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(size + 1);
        try
        {
            // One byte more than the size, so that growth shows as a digest of another size.
            int read = 0;
            for (int count; (count = RandomAccess.Read(file, buffer.AsSpan(read, size + 1 - read), read)) > 0;)
            {
                read += count;
                if (read > size)
                {
                    break;
                }
            }

            ReadOnlySpan<byte> content = buffer.AsSpan(0, read);
            return new HashedFile(Digest.Of(content), (byte)(marker!(content) & ~Marked), stamp);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Hashes an open file from its start.</summary>
    internal static Digest HashContent(SafeFileHandle file, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            Span<byte> hash = stackalloc byte[Digest.HashLength];
            int first = RandomAccess.Read(file, buffer, 0);
            if (first < buffer.Length && RandomAccess.Read(file, buffer.AsSpan(first), first) == 0)
            {
                return Digest.Of(buffer.AsSpan(0, first));
            }

            using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            long size = 0;
            for (int count; (count = RandomAccess.Read(file, buffer, size)) > 0;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                sha.AppendData(buffer, 0, count);
                size += count;
            }

            sha.GetHashAndReset(hash);
            return new Digest(hash, size);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static FileStamp StampOf(string path)
    {
        try
        {
            return FileStamp.Read(path) ?? throw NotFound(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw NotFound(path, error);
        }
    }

    private static BuildCacheException NotFound(string path, Exception? cause = null) =>
        new(ErrorId.InputNotFound, $"'{path}' cannot be read as a file{(cause is null ? "" : $" ({cause.Message})")}. Check that it exists and that this user may read it.", cause);
}
