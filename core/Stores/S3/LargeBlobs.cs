using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Amazon.S3.Model;
using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Stores.File;
using BuildCache.Stores.Packs;

namespace BuildCache.Stores.S3;

/// <summary>Blobs that are objects of their own: read in one pass, written in parts.</summary>
internal sealed class LargeBlobs(S3Bucket bucket)
{
    private const int BufferSize = 256 * 1024;
    private const int MostReads = 4;
    private const int PartSize = 8 * 1024 * 1024;
    private const int MostParts = 10_000;
    private const int LargestPart = 16 * 1024 * 1024;
    private const int ParallelParts = 4;

    /// <summary>Reads a blob into memory; <see langword="null"/> when it is not there.</summary>
    public async ValueTask<byte[]?> ReadAsync(Digest blob, CancellationToken cancellationToken)
    {
        var content = new ArrivingBytes(blob.Size);
        return await ReadAsync(blob, (offset, bytes) => content.Write(bytes.Span, offset), cancellationToken) ? content.ToArray() : null;
    }

    /// <summary>Reads a blob into new files.</summary>
    public async ValueTask ReadFilesAsync(Digest blob, IReadOnlyList<BlobTarget> targets, CancellationToken cancellationToken)
    {
        using FileStream file = BlobFile.Create(targets[0].Path, targets[0].Mode);
        if (!await ReadAsync(blob, (offset, bytes) => RandomAccess.Write(file.SafeFileHandle, bytes.Span, offset), cancellationToken))
        {
            throw new BuildCacheException(ErrorId.BlobMissing, $"The blob {blob} is not in {bucket.Location}. The entry that names it is stale.");
        }

        foreach (BlobTarget target in targets.Skip(1))
        {
            using FileStream copy = BlobFile.Create(target.Path, target.Mode);
            if (!BlobFile.TryShareBlocks(file.SafeFileHandle, copy.SafeFileHandle))
            {
                BlobFile.Copy(file.SafeFileHandle, copy.SafeFileHandle, cancellationToken);
            }
        }
    }

    /// <summary>Stores a file whose digest is known.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InputChanged"/>: it has other content by now.</exception>
    public async ValueTask WriteAsync(Digest blob, FileStream file, CancellationToken cancellationToken)
    {
        long partSize = PartSizeOf(blob);
        if (partSize > LargestPart)
        {
            throw new BuildCacheException(ErrorId.UnsupportedFile, $"'{file.Name}' has {blob.Size:N0} bytes and {bucket.Location} takes up to {(long)MostParts * LargestPart:N0}. Leave it out of what is saved.");
        }

        if (blob.Size <= PartSize)
        {
            byte[] buffer = TransferBuffers.Pool.Rent((int)blob.Size);
            try
            {
                Memory<byte> content = buffer.AsMemory(0, SourceFile.Read(file.Name, () => BlobFile.ReadUpTo(file.SafeFileHandle, buffer.AsSpan(0, (int)blob.Size))));
                if (Digest.Of(content.Span) != blob)
                {
                    throw Changed(file);
                }

                await bucket.WriteAsync(S3Names.OfBlob(blob), blob, content, cancellationToken);
            }
            finally
            {
                TransferBuffers.Pool.Return(buffer);
            }

            return;
        }

        UnfinishedUpload upload = await bucket.BeginPartsAsync(S3Names.OfBlob(blob), cancellationToken);
        try
        {
            IReadOnlyCollection<PartETag> parts = await WritePartsAsync(upload, blob, file, (int)partSize, cancellationToken);
            await bucket.CompleteAsync(upload, parts, blob.Size, cancellationToken);
        }
        catch
        {
            await TryAbortAsync(upload);
            throw;
        }
    }

    private async ValueTask<IReadOnlyCollection<PartETag>> WritePartsAsync(UnfinishedUpload upload, Digest blob, FileStream file, int partSize, CancellationToken cancellationToken)
    {
        var done = new ConcurrentBag<PartETag>();
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var free = new SemaphoreSlim(ParallelParts);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> running = [];
        long offset = 0;
        try
        {
            for (int number = 1; offset < blob.Size; number++)
            {
                await free.WaitAsync(stop.Token);
                byte[] buffer = TransferBuffers.Pool.Rent(partSize);
                int length = (int)Math.Min(partSize, blob.Size - offset);
                if (ReadAt(file, offset, buffer.AsSpan(0, length)) < length)
                {
                    TransferBuffers.Pool.Return(buffer);
                    throw Changed(file);
                }

                sha.AppendData(buffer, 0, length);
                offset += length;
                running.Add(WriteAsync(number, buffer, length));
            }

            await Task.WhenAll(running);
        }
        catch
        {
            await stop.CancelAsync();
            // What a part failed with says more than that the others were stopped for it.
            await Task.WhenAll(running).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            if (!cancellationToken.IsCancellationRequested && running.Find(task => task.IsFaulted) is { } failed)
            {
                await failed;
            }

            throw;
        }

        // Nobody can see the parts yet: bytes that are not the blob's never come to stand under its name.
        if (!sha.GetHashAndReset().AsSpan().SequenceEqual(Convert.FromHexString(blob.Hash)))
        {
            throw Changed(file);
        }

        return done;

        async Task WriteAsync(int number, byte[] buffer, int length)
        {
            try
            {
                done.Add(await bucket.WritePartAsync(upload, number, buffer.AsMemory(0, length), stop.Token));
            }
            catch
            {
                await stop.CancelAsync();
                throw;
            }
            finally
            {
                TransferBuffers.Pool.Return(buffer);
                free.Release();
            }
        }
    }

    private async ValueTask TryAbortAsync(UnfinishedUpload upload)
    {
        // Also when the save was cancelled; but nobody waits long for it, pruning aborts it too.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await bucket.AbortAsync(upload, patience.Token);
        }
        catch (Exception error) when (error is BuildCacheException or OperationCanceledException)
        {
            // The failure that led here is the one to report.
        }
    }

    /// <summary>Reads a blob in one pass, verified; again from the start when it arrives damaged.</summary>
    private async ValueTask<bool> ReadAsync(Digest blob, Action<long, ReadOnlyMemory<byte>> write, CancellationToken cancellationToken)
    {
        Digest? previous = null;
        for (int reads = 0; reads < MostReads; reads++)
        {
            // What comes over a network may be damaged on the way; a second look finds out whether it is stored so.
            using StoredTag? tag = reads == 0 ? null : new StoredTag(PartSizeOf(blob));
            if (await ReadOnceAsync(blob, write, tag, cancellationToken) is not { } read)
            {
                return false;
            }

            if (read.Digest == blob)
            {
                return true;
            }

            if (tag is not null && (tag.Matches(read.ETag) ?? read.Digest == previous))
            {
                bool removed = await bucket.TryDeleteAsync(S3Names.OfBlob(blob), read.ETag, cancellationToken);
                throw new BuildCacheException(ErrorId.BlobCorrupt,
                    $"What {bucket.Location} has as the blob {blob} has another digest{(removed ? " and was removed; the next save stores it anew." : ". Remove it.")}");
            }

            previous = read.Digest;
        }

        throw bucket.ArrivesDamaged(S3Names.OfBlob(blob));
    }

    private async ValueTask<(Digest Digest, string ETag)?> ReadOnceAsync(Digest blob, Action<long, ReadOnlyMemory<byte>> write, StoredTag? tag, CancellationToken cancellationToken)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            long offset = 0;
            for (int failures = 0; ;)
            {
                try
                {
                    using S3Body? body = await bucket.OpenAsync(S3Names.OfBlob(blob), offset, cancellationToken);
                    // One of another size counts as missing.
                    if (body is null || body.Total != blob.Size)
                    {
                        return body is null || offset > 0 || await bucket.LookAsync(S3Names.OfBlob(blob), cancellationToken) is not { } there || there.Size != blob.Size
                            ? null
                            : throw new BrokenOffException("What was being read was cut short.");
                    }

                    while (offset < blob.Size)
                    {
                        int count = (int)Math.Min(BufferSize, blob.Size - offset);
                        await body.ReadAsync(buffer.AsMemory(0, count), cancellationToken);
                        write(offset, buffer.AsMemory(0, count));
                        sha.AppendData(buffer, 0, count);
                        tag?.Append(buffer.AsSpan(0, count));
                        offset += count;
                        failures = 0;
                    }

                    return (new Digest(sha.GetHashAndReset(), offset), body.ETag);
                }
                catch (BrokenOffException error)
                {
                    // It goes on from where it broke off.
                    if (++failures == MostReads)
                    {
                        throw S3Errors.Of(bucket.Location, error);
                    }

                    await S3Bucket.PauseAsync(failures, cancellationToken);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static long PartSizeOf(Digest blob) => Math.Max(PartSize, (blob.Size + MostParts - 1) / MostParts);

    private static int ReadAt(FileStream file, long offset, Span<byte> buffer)
    {
        int read = 0;
        for (int count; read < buffer.Length && (count = SourceFile.ReadAt(file.Name, file.SafeFileHandle, buffer[read..], offset + read)) > 0;)
        {
            read += count;
        }

        return read;
    }

    private static BuildCacheException Changed(FileStream file) =>
        new(ErrorId.InputChanged, $"'{file.Name}' changed while it was being saved. Save it when nothing writes to it any more.");
}
