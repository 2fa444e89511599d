using System.Buffers;
using System.IO.Enumeration;
using BuildCache.Content;
using BuildCache.Files;
using Microsoft.Win32.SafeHandles;
using FileIO = System.IO.File;

namespace BuildCache.Stores.File;

/// <summary>Blobs as read-only files, spread over 256 directories by the first byte of their hash.</summary>
internal sealed class FileBlobStore(StoreFiles files) : IBlobStore
{
    // Up to here a blob is held in memory, verified, and written once; above, it shares the blocks of the store
    // where the file system can (a reflink), else it is copied and verified in one pass.
    private const int LargestInMemory = 1024 * 1024;

    // A blob that a save comes upon is touched when it is older than this, so that a sweep does not take it for an orphan.
    private static readonly TimeSpan s_touchAfter = TimeSpan.FromMinutes(10);

    private static readonly EnumerationOptions s_everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false, RecurseSubdirectories = true };

    private readonly bool[] _hasDirectory = new bool[256];

    public ValueTask<IReadOnlyList<Digest>> FindMissingAsync(IReadOnlyCollection<Digest> blobs, CancellationToken cancellationToken)
    {
        files.BeforeRead();
        List<Digest> missing = [];
        foreach (Digest blob in blobs)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!Has(blob))
            {
                missing.Add(blob);
            }
        }

        return new(missing);
    }

    public ValueTask<IReadOnlyDictionary<Digest, byte[]>> ReadAsync(IReadOnlyCollection<Digest> blobs, CancellationToken cancellationToken)
    {
        files.BeforeRead();
        var found = new Dictionary<Digest, byte[]>(blobs.Count);
        foreach (Digest blob in blobs)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Read(blob) is { } content)
            {
                found[blob] = content;
            }
        }

        return new(found);
    }

    public ValueTask ReadFilesAsync(IReadOnlyList<BlobTarget> targets, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        files.BeforeRead();
        ForEach(targets.Count, i =>
        {
            ReadFile(targets[i], cancellationToken);
            progress?.Report(1);
        }, cancellationToken);
        return ValueTask.CompletedTask;
    }

    public IBlobUpload BeginUpload() => new Upload(this);

    private void BeforeWrite() => files.BeforeWrite();

    private byte[]? Read(Digest blob)
    {
        byte[]? content = files.Guard(() =>
        {
            try
            {
                return FileIO.ReadAllBytes(PathOf(blob));
            }
            catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
            {
                return null;
            }
        });
        return content is null || Digest.Of(content) == blob ? content : throw Corrupt(blob);
    }

    /// <summary>Every blob, in no particular order.</summary>
    public IEnumerable<FileInfo> Enumerate(CancellationToken cancellationToken)
    {
        files.BeforeRead();
        var directory = new DirectoryInfo(files.Blobs);
        if (!directory.Exists)
        {
            yield break;
        }

        // What a link leads to is not the store's.
        var found = new FileSystemEnumerable<FileInfo>(directory.FullName, (ref FileSystemEntry entry) => (FileInfo)entry.ToFileSystemInfo(), s_everything)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && !IsLink(entry),
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !IsLink(entry),
        };
        foreach (FileInfo file in found)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return file;
        }
    }

    private static bool IsLink(in FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) != 0;

    /// <summary>Removes what processes that died left half-written.</summary>
    public void SweepTemporaries(DateTimeOffset olderThan)
    {
        var directory = new DirectoryInfo(files.Temporaries);
        foreach (FileInfo file in directory.Exists ? directory.EnumerateFiles() : [])
        {
            if (file.LastWriteTimeUtc < olderThan.UtcDateTime)
            {
                StoreFiles.TryDelete(file.FullName);
            }
        }
    }

    /// <summary>Writes a temporary file, an empty one unless content is given.</summary>
    public string NewTemporary(Action<string, ReadOnlySpan<byte>> write, ReadOnlySpan<byte> content = default)
    {
        files.BeforeWrite();
        string temporary = files.NewTemporaryPath();
        try
        {
            write(temporary, content);
            return temporary;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            StoreFiles.TryDelete(temporary);
            throw files.Unavailable(error);
        }
    }

    private void ReadFile(BlobTarget target, CancellationToken cancellationToken)
    {
        string path = PathOf(target.Blob);
        try
        {
            if (target.Blob.Size <= LargestInMemory)
            {
                ReadSmall(target, path);
            }
            else
            {
                ReadLarge(target, path, cancellationToken);
            }
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException && !FileIO.Exists(path))
        {
            throw Missing(target.Blob, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw files.Unavailable(error);
        }
    }

    private void ReadSmall(BlobTarget target, string path)
    {
        int size = (int)target.Blob.Size;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(size + 1);
        try
        {
            int read;
            using (SafeFileHandle blob = FileIO.OpenHandle(path))
            {
                read = BlobFile.ReadUpTo(blob, buffer.AsSpan(0, size + 1));
            }

            // After it was closed: Windows removes no file that is open.
            if (read != size || Digest.Of(buffer.AsSpan(0, size)) != target.Blob)
            {
                throw Corrupt(target.Blob);
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
        using (SafeFileHandle blob = FileIO.OpenHandle(path, options: FileOptions.SequentialScan))
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
            throw Corrupt(target.Blob);
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

    private Digest WriteFile(BlobSource source, CancellationToken cancellationToken)
    {
        if (source.Known is { } known && TouchIfThere(known))
        {
            return known;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(LargestInMemory + 1);
        using (SafeFileHandle file = SourceFile.Open(source.Path))
        {
            try
            {
                int read = SourceFile.Read(source.Path, () => BlobFile.ReadUpTo(file, buffer));
                if (read > LargestInMemory)
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
            Publish(NewTemporary((path, bytes) => BlobFile.WriteNew(path, bytes, BlobFile.ReadOnlyMode), content), blob);
        }
    }

    private bool IsSound(Digest blob, ReadOnlySpan<byte> content)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(content.Length + 1);
        try
        {
            using SafeFileHandle file = FileIO.OpenHandle(PathOf(blob));
            return buffer.AsSpan(0, BlobFile.ReadUpTo(file, buffer.AsSpan(0, content.Length + 1))).SequenceEqual(content);
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
        string path = PathOf(blob);
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
            if (!Has(blob))
            {
                throw files.Unavailable(error);
            }
        }
    }

    private bool Has(Digest blob) => files.Guard(() => FileStamp.Read(PathOf(blob))?.Size == blob.Size);

    private bool TouchIfThere(Digest blob)
    {
        string path = PathOf(blob);
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

    private string PathOf(Digest blob)
    {
        string hash = blob.Hash;
        return Path.Combine(files.Blobs, hash[..2], hash);
    }

    private static BuildCacheException Missing(Digest blob, Exception? cause = null) =>
        new(ErrorId.BlobMissing, $"The blob {blob} is not in the store. The entry that names it is stale.", cause);

    // Dropped, so that the next save stores it anew instead of taking it for good.
    private BuildCacheException Corrupt(Digest blob)
    {
        bool dropped = StoreFiles.TryDelete(PathOf(blob));
        return new(ErrorId.BlobCorrupt, $"What the store has as the blob {blob} has another digest{(dropped ? " and was removed" : "; remove it by hand")}. Check the disk that the store is on.");
    }

    private static void ForEach(int count, Action<int> action, CancellationToken cancellationToken)
    {
        // A second thread has to be worth its start.
        if (count <= 4)
        {
            for (int i = 0; i < count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                action(i);
            }

            return;
        }

        try
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken }, action);
        }
        catch (AggregateException errors) when (errors.InnerExceptions.OfType<BuildCacheException>().FirstOrDefault() is { } error)
        {
            throw new BuildCacheException(error.Id, error.Message, errors);
        }
    }

    /// <summary>Writes at once: a folder gains nothing from what travels together.</summary>
    private sealed class Upload(FileBlobStore store) : IBlobUpload
    {
        public ValueTask<IReadOnlyList<Digest>> AddFilesAsync(IReadOnlyList<BlobSource> sources, CancellationToken cancellationToken)
        {
            store.BeforeWrite();
            var digests = new Digest[sources.Count];
            ForEach(sources.Count, i => digests[i] = store.WriteFile(sources[i], cancellationToken), cancellationToken);
            return new(digests);
        }

        public ValueTask AddAsync(Digest blob, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            store.BeforeWrite();
            store.WriteUnlessThere(blob, content.Span);
            return ValueTask.CompletedTask;
        }

        public ValueTask CompleteAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
