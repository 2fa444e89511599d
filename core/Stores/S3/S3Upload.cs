using System.Buffers;
using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Stores.File;
using BuildCache.Stores.Packs;
using Microsoft.Win32.SafeHandles;

namespace BuildCache.Stores.S3;

/// <summary>Content on its way into a bucket. What is small is packed while the packs before it are on their way.</summary>
internal sealed class S3Upload(S3Bucket bucket, BlobLocations locations, PackIndex index, ObjectLooks looks, LargeBlobs large) : IBlobUpload
{
    // Files read at a time, in memory until they are packed; packs on their way; large files hashed and sent at a time.
    private const int FilesAtOnce = 32;
    private const int PacksAtOnce = 2;
    private const int LargeAtOnce = 2;
    private const int ReadAttempts = 4;

    // Three of them are in memory at a time.
    private const int FullPack = 8 * 1024 * 1024;

    private readonly PackWriter _writer = new(FullPack);
    private readonly HashSet<Digest> _added = [];
    private readonly Dictionary<string, bool> _safe = new(StringComparer.Ordinal);
    private readonly List<Task> _sending = [];
    private readonly List<PackListing> _packs = [];
    private readonly SemaphoreSlim _free = new(PacksAtOnce);
    private readonly CancellationTokenSource _stop = new();

    public async ValueTask<IReadOnlyList<Digest>> AddFilesAsync(IReadOnlyList<BlobSource> sources, CancellationToken cancellationToken)
    {
        var digests = new Digest[sources.Count];
        HashSet<Digest> stored = await FindStoredAsync([.. sources.Where(source => source.Known is not null).Select(source => source.Known!.Value).Distinct()], cancellationToken);
        List<int> toRead = [];
        for (int i = 0; i < digests.Length; i++)
        {
            digests[i] = sources[i].Known ?? default;
            if (sources[i].Known is not { } known || !stored.Contains(known))
            {
                toRead.Add(i);
            }
        }

        List<int> toSendAlone = [];
        foreach (int[] part in toRead.Chunk(FilesAtOnce))
        {
            await AddSmallAsync(part, sources, digests, toSendAlone, cancellationToken);
        }

        await AddLargeAsync(toSendAlone, sources, digests, cancellationToken);
        return digests;
    }

    public async ValueTask AddAsync(Digest blob, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if ((await FindStoredAsync([blob], cancellationToken)).Count > 0)
        {
            return;
        }

        if (blob.Size <= PackLimits.LargestBlob)
        {
            await PackAsync(blob, content, cancellationToken);
        }
        else
        {
            await bucket.WriteAsync(S3Names.OfBlob(blob), blob, content, cancellationToken);
            _added.Add(blob);
        }
    }

    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        if (!_writer.IsEmpty)
        {
            await SendAsync(cancellationToken);
        }

        await Task.WhenAll(_sending).WaitAsync(cancellationToken);
        if (_packs.Count > 0)
        {
            await index.AddAsync(_packs, cancellationToken);
            _packs.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_sending).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        _writer.Dispose();
        _free.Dispose();
        _stop.Dispose();
    }

    private async ValueTask AddSmallAsync(
        int[] part, IReadOnlyList<BlobSource> sources, Digest[] digests, List<int> larger, CancellationToken cancellationToken)
    {
        var contents = new byte[]?[part.Length];
        try
        {
            ParallelFiles.For(part.Length, i =>
            {
                (digests[part[i]], contents[i]) = ReadSmall(sources[part[i]].Path);
            }, cancellationToken);
            HashSet<Digest> stored = await FindStoredAsync([.. part.Where((_, i) => contents[i] is not null).Select(i => digests[i]).Distinct()], cancellationToken);
            for (int i = 0; i < part.Length; i++)
            {
                Digest blob = digests[part[i]];
                if (contents[i] is not { } content)
                {
                    larger.Add(part[i]);
                }
                else if (!stored.Contains(blob))
                {
                    await PackAsync(blob, content.AsMemory(0, (int)blob.Size), cancellationToken);
                }
            }
        }
        finally
        {
            foreach (byte[]? content in contents)
            {
                if (content is not null)
                {
                    ArrayPool<byte>.Shared.Return(content);
                }
            }
        }
    }

    private async ValueTask AddLargeAsync(List<int> files, IReadOnlyList<BlobSource> sources, Digest[] digests, CancellationToken cancellationToken)
    {
        using var one = new SemaphoreSlim(1, 1);
        await Parallel.ForEachAsync(files, new ParallelOptions { MaxDegreeOfParallelism = LargeAtOnce, CancellationToken = cancellationToken }, async (i, cancellationToken) =>
        {
            string path = sources[i].Path;
            using FileStream file = Open(path);
            Digest blob = SourceFile.Read(path, () => FileHasher.HashContent(file.SafeFileHandle, cancellationToken));
            digests[i] = blob.Size > PackLimits.LargestBlob ? blob : throw Changed(path);
            // While one is sent the next is hashed.
            await one.WaitAsync(cancellationToken);
            try
            {
                if ((await FindStoredAsync([blob], cancellationToken)).Count == 0)
                {
                    await large.WriteAsync(blob, file, cancellationToken);
                    _added.Add(blob);
                }
            }
            finally
            {
                one.Release();
            }
        });
    }

    /// <summary>Finds which blobs are in the store and stay there until this save is done.</summary>
    private async ValueTask<HashSet<Digest>> FindStoredAsync(IReadOnlyCollection<Digest> blobs, CancellationToken cancellationToken)
    {
        HashSet<Digest> stored = [.. blobs.Where(blob => blob == Digest.Empty || _added.Contains(blob))];
        List<Digest> small = [.. blobs.Where(blob => !stored.Contains(blob) && blob.Size <= PackLimits.LargestBlob)];
        if (small.Count > 0)
        {
            await index.RefreshAsync(cancellationToken);
        }

        List<PackSlice> slices = [.. small.Select(blob => locations.Find(blob)).Where(slice => slice is not null).Select(slice => slice!.Value)];
        await AreSafeAsync([.. slices.Select(slice => S3Names.OfPack(slice.Pack)).Distinct(StringComparer.Ordinal).Where(name => !_safe.ContainsKey(name))], slices, cancellationToken);
        foreach (PackSlice slice in slices)
        {
            if (_safe[S3Names.OfPack(slice.Pack)])
            {
                stored.Add(slice.Blob);
            }
            else
            {
                locations.Forget(slice.Pack);
            }
        }

        await Parallel.ForEachAsync(
            blobs.Where(blob => blob.Size > PackLimits.LargestBlob && !stored.Contains(blob)).ToList(),
            new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = cancellationToken },
            async (blob, cancellationToken) =>
            {
                if (await looks.IsSafeAsync(S3Names.OfBlob(blob), size => size == blob.Size, cancellationToken))
                {
                    lock (stored)
                    {
                        stored.Add(blob);
                    }
                }
            });
        return stored;
    }

    private async ValueTask AreSafeAsync(List<string> names, List<PackSlice> slices, CancellationToken cancellationToken)
    {
        ILookup<string, long> ends = slices.ToLookup(slice => S3Names.OfPack(slice.Pack), slice => slice.End);
        await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = cancellationToken }, async (name, cancellationToken) =>
        {
            bool safe = await looks.IsSafeAsync(name, size => size >= ends[name].Max(), cancellationToken);
            lock (_safe)
            {
                _safe[name] = safe;
            }
        });
    }

    private async ValueTask PackAsync(Digest blob, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (!_added.Add(blob))
        {
            return;
        }

        if (!_writer.TryAdd(blob, content.Span))
        {
            await SendAsync(cancellationToken);
            _writer.TryAdd(blob, content.Span);
        }
    }

    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        // One that failed fails the save now, and not when all has been read.
        foreach (Task done in _sending.FindAll(task => task.IsCompleted))
        {
            _sending.Remove(done);
            await done;
        }

        Pack pack = _writer.Take();
        _packs.Add(pack.Listing);
        _sending.Add(SendAsync(pack));
    }

    private async Task SendAsync(Pack pack)
    {
        try
        {
            // Begun by another thread, so that reading goes on at once.
            await Task.Run(async () => await bucket.WriteAsync(
                S3Names.OfPack(pack.Listing.Pack), new Digest(Convert.FromHexString(pack.Listing.Pack), pack.Content.Length), pack.Content, _stop.Token), _stop.Token);
        }
        finally
        {
            pack.Dispose();
            _free.Release();
        }
    }

    /// <summary>Reads a file into a buffer of the pool; one that is too large for a pack is not read.</summary>
    private static (Digest Digest, byte[]? Content) ReadSmall(string path)
    {
        for (int attempt = 0; attempt < ReadAttempts; attempt++)
        {
            using FileStream file = Open(path);
            SafeFileHandle handle = file.SafeFileHandle;
            long length = RandomAccess.GetLength(handle);
            if (length > PackLimits.LargestBlob)
            {
                return default;
            }

            byte[] buffer = ArrayPool<byte>.Shared.Rent((int)length + 1);
            int read = SourceFile.Read(path, () => BlobFile.ReadUpTo(handle, buffer.AsSpan(0, (int)length + 1)));
            if (read <= length)
            {
                return (Digest.Of(buffer.AsSpan(0, read)), buffer);
            }

            // It grew since its length was asked for.
            ArrayPool<byte>.Shared.Return(buffer);
        }

        throw Changed(path);
    }

    private static FileStream Open(string path) => SourceFile.Read(path,
        () => new FileStream(path, new FileStreamOptions { Access = FileAccess.Read, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 }));

    private static BuildCacheException Changed(string path) =>
        new(ErrorId.InputChanged, $"'{path}' changed while it was being saved. Save it when nothing writes to it any more.");
}
