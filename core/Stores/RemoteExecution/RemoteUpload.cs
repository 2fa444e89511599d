using System.Buffers;
using System.Collections.Concurrent;
using BuildCache.Content;
using BuildCache.Files;
using BuildCache.RemoteApis;
using BuildCache.Stores.File;
using Microsoft.Win32.SafeHandles;
using FileIO = System.IO.File;

namespace BuildCache.Stores.RemoteExecution;

/// <summary>Content on its way to a server: what it has is asked once for many, and what is small travels in batches.</summary>
internal sealed class RemoteUpload(RemoteConnection connection, ConcurrentDictionary<Digest, byte> damaged) : IBlobUpload
{
    // Held in memory until it is known whether the server wants it.
    private const int LargestInMemory = 1024 * 1024;
    private const long MostInMemory = 16L * 1024 * 1024;
    private const int MostBlobs = 10_000;

    private readonly Dictionary<Digest, ReadOnlyMemory<byte>> _contents = [];
    private readonly Dictionary<Digest, string> _files = [];
    private readonly HashSet<Digest> _stored = [];
    private long _inMemory;

    public async ValueTask<IReadOnlyList<Digest>> AddFilesAsync(IReadOnlyList<BlobSource> sources, CancellationToken cancellationToken)
    {
        var digests = new Digest[sources.Count];
        for (int i = 0; i < sources.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            digests[i] = await AddFileAsync(sources[i], cancellationToken);
        }

        return digests;
    }

    public async ValueTask AddAsync(Digest blob, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (_stored.Contains(blob) || _files.ContainsKey(blob) || !_contents.TryAdd(blob, content))
        {
            return;
        }

        _inMemory += content.Length;
        if (_inMemory > MostInMemory || _contents.Count + _files.Count > MostBlobs)
        {
            await CompleteAsync(cancellationToken);
        }
    }

    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        if (_contents.Count + _files.Count == 0)
        {
            return;
        }

        RemoteStorage storage = await connection.GetAsync(cancellationToken);
        List<Digest> given = [.. _contents.Keys, .. _files.Keys];
        HashSet<Digest> wanted = [.. await storage.Blobs.FindMissingAsync(given, cancellationToken), .. given.Where(damaged.ContainsKey)];
        await storage.Blobs.WriteSmallAsync(
            wanted.Where(storage.Blobs.IsSmall),
            async (blob, token) => _contents.TryGetValue(blob, out ReadOnlyMemory<byte> content) ? content : await ReadAsync(_files[blob], token),
            cancellationToken);
        await Parallel.ForEachAsync(
            wanted.Where(blob => !storage.Blobs.IsSmall(blob)),
            new ParallelOptions { MaxDegreeOfParallelism = RemoteBlobs.StreamsAtOnce, CancellationToken = cancellationToken },
            async (blob, token) => await WriteLargeAsync(storage, blob, token));
        foreach (Digest blob in given)
        {
            damaged.TryRemove(blob, out _);
        }

        _stored.UnionWith(given);
        _contents.Clear();
        _files.Clear();
        _inMemory = 0;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask<Digest> AddFileAsync(BlobSource source, CancellationToken cancellationToken)
    {
        if (source.Known is { } known)
        {
            await AddFileAsync(known, source.Path, cancellationToken);
            return known;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(LargestInMemory + 1);
        try
        {
            using SafeFileHandle file = FileIO.OpenHandle(source.Path, share: FileShare.ReadWrite | FileShare.Delete, options: FileOptions.SequentialScan);
            int read = BlobFile.ReadUpTo(file, buffer.AsSpan(0, LargestInMemory + 1));
            if (read <= LargestInMemory)
            {
                byte[] content = buffer[..read];
                var small = Digest.Of(content);
                await AddAsync(small, content, cancellationToken);
                return small;
            }

            Digest large = FileHasher.HashContent(file, cancellationToken);
            await AddFileAsync(large, source.Path, cancellationToken);
            return large;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw SourceFile.Unreadable(source.Path, error);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask AddFileAsync(Digest blob, string path, CancellationToken cancellationToken)
    {
        if (!_stored.Contains(blob) && !_contents.ContainsKey(blob) && _files.TryAdd(blob, path) && _contents.Count + _files.Count > MostBlobs)
        {
            await CompleteAsync(cancellationToken);
        }
    }

    private async Task WriteLargeAsync(RemoteStorage storage, Digest blob, CancellationToken cancellationToken)
    {
        if (_contents.TryGetValue(blob, out ReadOnlyMemory<byte> content))
        {
            await storage.Blobs.WriteAsync(blob, (buffer, offset) =>
            {
                ReadOnlySpan<byte> rest = content.Span[(int)offset..];
                rest = rest[..Math.Min(rest.Length, buffer.Length)];
                rest.CopyTo(buffer);
                return rest.Length;
            }, cancellationToken);
            return;
        }

        string path = _files[blob];
        using SafeFileHandle file = SourceFile.Open(path);
        await storage.Blobs.WriteAsync(blob, (buffer, offset) => SourceFile.ReadAt(path, file, buffer, offset), cancellationToken);
    }

    private static async ValueTask<byte[]> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await FileIO.ReadAllBytesAsync(path, cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw SourceFile.Unreadable(path, error);
        }
    }
}
