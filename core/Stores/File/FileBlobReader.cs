using System.Buffers;
using BuildCache.Content;
using BuildCache.Files;
using Microsoft.Win32.SafeHandles;
using FileIO = System.IO.File;

namespace BuildCache.Stores.File;

/// <summary>Copies blobs of a folder to where they belong, verified.</summary>
internal sealed class FileBlobReader(StoreFiles files)
{
    /// <summary>Copies one blob.</summary>
    public void Read(BlobTarget target, CancellationToken cancellationToken)
    {
        string path = files.PathOf(target.Blob);
        try
        {
            if (target.Blob.Size <= BlobFile.LargestInMemory)
            {
                ReadSmall(target, path);
            }
            else
            {
                ReadLarge(target, path, cancellationToken);
            }
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw StoreFiles.Missing(target.Blob, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw files.Unavailable(error);
        }
    }

    private static SafeFileHandle Open(string path) => RegularFile.TryOpen(path) ?? throw new FileNotFoundException(null, path);

    private void ReadSmall(BlobTarget target, string path)
    {
        int size = (int)target.Blob.Size;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(size + 1);
        try
        {
            int read;
            using (SafeFileHandle blob = Open(path))
            {
                read = BlobFile.ReadUpTo(blob, buffer.AsSpan(0, size + 1));
            }

            // After it was closed: Windows removes no file that is open.
            if (read != size || Digest.Of(buffer.AsSpan(0, size)) != target.Blob)
            {
                throw files.DropCorrupt(target.Blob);
            }

            WriteTarget(target, buffer.AsSpan(0, size));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void ReadLarge(BlobTarget target, string path, CancellationToken cancellationToken)
    {
        Digest copied;
        using (SafeFileHandle blob = Open(path))
        using (FileStream copy = CreateTarget(target))
        {
            try
            {
                copied = BlobFile.TryShareBlocks(blob, copy.SafeFileHandle)
                    ? FileHasher.HashContent(copy.SafeFileHandle, cancellationToken)
                    : BlobFile.Copy(blob, copy.SafeFileHandle, cancellationToken);
            }
            catch (IOException error) when (DestinationFailure.IsFull(error))
            {
                throw DestinationFailure.Of(target.Path, error);
            }
        }

        if (copied != target.Blob)
        {
            throw files.DropCorrupt(target.Blob);
        }
    }

    private static void WriteTarget(BlobTarget target, ReadOnlySpan<byte> content)
    {
        using FileStream file = CreateTarget(target);
        try
        {
            file.Write(content);
        }
        catch (IOException error)
        {
            throw DestinationFailure.Of(target.Path, error);
        }
    }

    private static FileStream CreateTarget(BlobTarget target)
    {
        try
        {
            return BlobFile.Create(target.Path, target.Mode);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DestinationFailure.Of(target.Path, error);
        }
    }
}
