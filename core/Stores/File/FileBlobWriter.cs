using System.Buffers;
using BuildCache.Content;
using BuildCache.Files;
using Microsoft.Win32.SafeHandles;
using FileIO = System.IO.File;

namespace BuildCache.Stores.File;

/// <summary>Stores blobs in a folder, each at once: a folder gains nothing from what travels together.</summary>
internal sealed class FileBlobWriter(StoreFiles files) : IBlobUpload
{
    // A blob that a save comes upon is touched when it is older than this, so that a sweep does not take it for an orphan.
    private static readonly TimeSpan s_touchAfter = TimeSpan.FromMinutes(10);

    private readonly bool[] _hasDirectory = new bool[256];

    public ValueTask<IReadOnlyList<Digest>> AddFilesAsync(IReadOnlyList<BlobSource> sources, CancellationToken cancellationToken)
    {
        files.BeforeWrite();
        var digests = new Digest[sources.Count];
        ParallelFiles.For(sources.Count, i => digests[i] = WriteFile(sources[i], cancellationToken), cancellationToken);
        return new(digests);
    }

    public ValueTask AddAsync(Digest blob, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        files.BeforeWrite();
        WriteUnlessThere(blob, content.Span);
        return ValueTask.CompletedTask;
    }

    public ValueTask CompleteAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Digest WriteFile(BlobSource source, CancellationToken cancellationToken)
    {
        if (source.Known is { } known && TouchIfThere(known))
        {
            return known;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(BlobFile.LargestInMemory + 1);
        using (SafeFileHandle file = SourceFile.Open(source.Path))
        {
            try
            {
                int read = SourceFile.Read(source.Path, () => BlobFile.ReadUpTo(file, buffer));
                if (read > BlobFile.LargestInMemory)
                {
                    return WriteLarge(source.Path, file, cancellationToken);
                }

                Digest blob = Digest.Of(buffer.AsSpan(0, read));
                WriteUnlessThere(blob, buffer.AsSpan(0, read));
                return blob;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    // Hashes and copies in one pass, so that the digest is that of the bytes that were stored even if the file changes meanwhile.
    private Digest WriteLarge(string path, SafeFileHandle source, CancellationToken cancellationToken)
    {
        Digest blob;
        string temporary = files.NewTemporaryPath();
        try
        {
            using FileStream copy = BlobFile.Create(temporary, BlobFile.ReadOnlyMode);
            blob = BlobFile.Copy(source, copy.SafeFileHandle, cancellationToken);
        }
        catch (Exception error)
        {
            StoreFiles.TryDelete(temporary);
            if (error is IOException or UnauthorizedAccessException)
            {
                SourceFile.ThrowIfUnreadable(path, source);
                throw files.Unavailable(error);
            }

            throw;
        }

        // What is there under this digest gives way: it may be damaged, and a rename costs less than to find out.
        Publish(temporary, blob);
        return blob;
    }

    // A blob that is there has its right size; whether it is damaged is found out here, where the right content is at hand.
    private void WriteUnlessThere(Digest blob, ReadOnlySpan<byte> content)
    {
        if (!TouchIfThere(blob) || !IsSound(blob, content))
        {
            Publish(files.NewTemporary((path, bytes) => BlobFile.WriteNew(path, bytes, BlobFile.ReadOnlyMode), content), blob);
        }
    }

    private bool IsSound(Digest blob, ReadOnlySpan<byte> content)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(content.Length + 1);
        try
        {
            using SafeFileHandle? file = RegularFile.TryOpen(files.PathOf(blob));
            return file is not null && buffer.AsSpan(0, BlobFile.ReadUpTo(file, buffer.AsSpan(0, content.Length + 1))).SequenceEqual(content);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Publish(string temporary, Digest blob)
    {
        string path = files.PathOf(blob);
        try
        {
            byte first = Convert.FromHexString(Path.GetFileName(path)[..2])[0];
            if (!_hasDirectory[first])
            {
                NewDirectory.MakeLikeParent(Path.GetDirectoryName(path)!);
                _hasDirectory[first] = true;
            }

            if (OperatingSystem.IsWindows())
            {
                FileIO.SetAttributes(temporary, FileAttributes.ReadOnly);
            }

            try
            {
                FileIO.Move(temporary, path, overwrite: true);
            }
            catch (DirectoryNotFoundException)
            {
                // Somebody deleted the store since the directory was made.
                NewDirectory.MakeLikeParent(Path.GetDirectoryName(path)!);
                FileIO.Move(temporary, path, overwrite: true);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            StoreFiles.TryDelete(temporary);
            // Windows does not replace a read-only file. Another process was faster: the content is the same.
            if (!files.Has(blob))
            {
                throw files.Unavailable(error);
            }
        }
    }

    private bool TouchIfThere(Digest blob)
    {
        string path = files.PathOf(blob);
        if (files.Guard(() => FileStamp.Read(path)) is not { } stamp || stamp.Size != blob.Size)
        {
            return false;
        }

        try
        {
            if (stamp.ModifiedTicks < DateTime.UtcNow.Ticks - s_touchAfter.Ticks)
            {
                FileIO.SetLastWriteTimeUtc(path, DateTime.UtcNow);
            }

            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It vanished, or is another user's. A sweep may take it, so it is stored again.
            return false;
        }
    }
}
