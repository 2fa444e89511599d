using System.Buffers;
using System.Collections.Concurrent;
using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Stores.File;
using BuildCache.Stores.Packs;
using Microsoft.Win32.SafeHandles;
using FileIO = System.IO.File;

namespace BuildCache.Stores.GitHubActions;

/// <summary>Content on its way: packs leave while the next is collected; large files are hashed first, because the digest is their name.</summary>
internal sealed class GitHubActionsUpload(GitHubActionsBlobStore store) : IBlobUpload
{
    // So many small files, and so many packs, are in memory at a time.
    private const int FilesAtOnce = 8;
    private const int PacksAtOnce = 2;
    private const int LargeAtOnce = 2;

    private readonly CancellationTokenSource _stop = new();
    private readonly PackWriter _writer = new();
    private readonly HashSet<Digest> _added = [];
    private readonly ConcurrentDictionary<Digest, Lazy<Task>> _large = [];
    private readonly List<Task> _leaving = [];
    private bool _prepared;

    public async ValueTask<IReadOnlyList<Digest>> AddFilesAsync(IReadOnlyList<BlobSource> sources, CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken);
        var digests = new Digest[sources.Count];
        var known = new HashSet<Digest>(sources.Where(source => source.Known is not null).Select(source => source.Known!.Value));
        known.ExceptWith(await store.FindMissingAsync(known, cancellationToken));
        List<int> toRead = [];
        for (int i = 0; i < digests.Length; i++)
        {
            if (sources[i].Known is { } digest && (known.Contains(digest) || _added.Contains(digest) || _large.ContainsKey(digest)))
            {
                digests[i] = digest;
            }
            else
            {
                toRead.Add(i);
            }
        }

        List<int> large = [];
        var contents = new byte[]?[FilesAtOnce];
        foreach (int[] window in toRead.Chunk(FilesAtOnce))
        {
            Read(window, sources, contents, digests, cancellationToken);
            for (int i = 0; i < window.Length; i++)
            {
                byte[]? content = contents[i];
                if (content is null)
                {
                    large.Add(window[i]);
                    continue;
                }

                // In the order of the files: so equal trees make equal packs, and those are stored once.
                await AddAsync(digests[window[i]], content.AsMemory(0, (int)digests[window[i]].Size), cancellationToken);
                ArrayPool<byte>.Shared.Return(content);
            }
        }

        await Parallel.ForEachAsync(large, GitHubActionsBlobStore.Parallelism(LargeAtOnce, cancellationToken), async (i, cancellationToken) =>
            digests[i] = await WriteLargeAsync(sources[i].Path, cancellationToken));
        return digests;
    }

    public async ValueTask AddAsync(Digest blob, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken);
        if (blob.Size == 0 || _added.Contains(blob) || await store.HasAsync(blob, cancellationToken))
        {
            return;
        }

        if (blob.Size > PackLimits.LargestBlob)
        {
            await store.WriteAsync(blob, new MemoryArchiveContent(content), cancellationToken);
        }
        else if (!_writer.TryAdd(blob, content.Span))
        {
            await SendPackAsync(cancellationToken);
            _writer.TryAdd(blob, content.Span);
        }

        _added.Add(blob);
    }

    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        if (!_writer.IsEmpty)
        {
            await SendPackAsync(cancellationToken);
        }

        await Task.WhenAll(_leaving).WaitAsync(cancellationToken);
        _leaving.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_leaving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _writer.Dispose();
        _stop.Dispose();
    }

    private async ValueTask PrepareAsync(CancellationToken cancellationToken)
    {
        if (!_prepared)
        {
            await store.PrepareUploadAsync(cancellationToken);
            _prepared = true;
        }
    }

    private async ValueTask SendPackAsync(CancellationToken cancellationToken)
    {
        while (_leaving.Count >= PacksAtOnce)
        {
            Task done = await Task.WhenAny(_leaving).WaitAsync(cancellationToken);
            _leaving.Remove(done);
            await done;
        }

        Pack pack = _writer.Take();
        _leaving.Add(SendAsync(pack));

        async Task SendAsync(Pack pack)
        {
            using (pack)
            {
                await store.WriteAsync(pack, _stop.Token);
            }
        }
    }

    // Content of a file that is too large to be packed stays null.
    private static void Read(int[] window, IReadOnlyList<BlobSource> sources, byte[]?[] contents, Digest[] digests, CancellationToken cancellationToken)
    {
        ParallelFiles.For(window.Length, i =>
        {
            contents[i] = null;
            string path = sources[window[i]].Path;
            using SafeFileHandle file = SourceFile.Open(path);
            // Most files are far smaller than the largest that is packed; one that grows meanwhile is read again.
            for (int room = (int)Math.Min(SourceFile.Read(path, () => RandomAccess.GetLength(file)), PackLimits.LargestBlob) + 1; contents[i] is null; room = PackLimits.LargestBlob + 1)
            {
                byte[] buffer = ArrayPool<byte>.Shared.Rent(room);
                int read = SourceFile.Read(path, () => BlobFile.ReadUpTo(file, buffer.AsSpan(0, room)));
                if (read < room)
                {
                    digests[window[i]] = Digest.Of(buffer.AsSpan(0, read));
                    contents[i] = buffer;
                    continue;
                }

                ArrayPool<byte>.Shared.Return(buffer);
                if (room > PackLimits.LargestBlob)
                {
                    return;
                }
            }
        }, cancellationToken);
    }

    private async ValueTask<Digest> WriteLargeAsync(string path, CancellationToken cancellationToken)
    {
        using SafeFileHandle file = SourceFile.Open(path);
        BlockSums sums = await Task.Run(() => SourceFile.Read(path, () => BlockSums.Read(file, cancellationToken)), cancellationToken);
        if (sums.Digest.Size <= PackLimits.LargestBlob)
        {
            throw new BuildCacheException(ErrorId.InputChanged, $"'{path}' changed while it was being saved. Stop what writes it, and save again.");
        }

        // Two copies of a file are often saved side by side; the second waits for the first.
        await _large.GetOrAdd(sums.Digest, _ => new Lazy<Task>(async () =>
        {
            if (!await store.HasAsync(sums.Digest, cancellationToken))
            {
                await store.WriteAsync(sums.Digest, new FileArchiveContent(path, file, sums), cancellationToken);
            }
        })).Value.WaitAsync(cancellationToken);
        return sums.Digest;
    }
}
