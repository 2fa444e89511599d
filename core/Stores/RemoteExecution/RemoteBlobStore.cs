using System.Collections.Concurrent;
using BuildCache.Content;
using BuildCache.RemoteApis;
using BuildCache.Stores.File;
using FileIO = System.IO.File;

namespace BuildCache.Stores.RemoteExecution;

/// <summary>Blobs in the content-addressed storage of a server.</summary>
internal sealed class RemoteBlobStore(RemoteConnection connection) : IBlobStore
{
    // What the server has under these is not what it should be; it is sent again even though the server says it has them.
    private readonly ConcurrentDictionary<Digest, byte> _damaged = new();

    public async ValueTask<IReadOnlyList<Digest>> FindMissingAsync(IReadOnlyCollection<Digest> blobs, CancellationToken cancellationToken)
    {
        RemoteStorage storage = await connection.GetAsync(cancellationToken);
        return [.. await storage.Blobs.FindMissingAsync(blobs, cancellationToken)];
    }

    public async ValueTask<IReadOnlyDictionary<Digest, byte[]>> ReadAsync(IReadOnlyCollection<Digest> blobs, CancellationToken cancellationToken)
    {
        RemoteStorage storage = await connection.GetAsync(cancellationToken);
        var found = new ConcurrentDictionary<Digest, byte[]>();
        await GuardAsync(() => storage.Blobs.ReadSmallAsync(blobs.Where(storage.Blobs.IsSmall), (blob, content, _) =>
        {
            found[blob] = content.ToArray();
            return ValueTask.CompletedTask;
        }, cancellationToken));
        foreach (Digest blob in blobs.Where(blob => !storage.Blobs.IsSmall(blob)))
        {
            var content = new ArrivingBytes(blob.Size);
            if (await GuardAsync(() => storage.Blobs.ReadAsync(blob, content.Write, cancellationToken)))
            {
                found[blob] = content.ToArray();
            }
        }

        return found;
    }

    public async ValueTask ReadFilesAsync(IReadOnlyList<BlobTarget> targets, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        RemoteStorage storage = await connection.GetAsync(cancellationToken);
        ILookup<Digest, BlobTarget> byBlob = targets.ToLookup(target => target.Blob);
        IReadOnlySet<Digest> missing = await GuardAsync(() => storage.Blobs.ReadSmallAsync(byBlob.Select(group => group.Key).Where(storage.Blobs.IsSmall), (blob, content, _) =>
        {
            foreach (BlobTarget target in byBlob[blob])
            {
                BlobFile.WriteNew(target.Path, content.Span, target.Mode);
                progress?.Report(1);
            }

            return ValueTask.CompletedTask;
        }, cancellationToken));
        if (missing.Count > 0)
        {
            throw Missing(missing.First());
        }

        await Parallel.ForEachAsync(
            byBlob.Where(group => !storage.Blobs.IsSmall(group.Key)),
            new ParallelOptions { MaxDegreeOfParallelism = RemoteBlobs.StreamsAtOnce, CancellationToken = cancellationToken },
            async (group, token) =>
            {
                BlobTarget first = group.First();
                using (FileStream file = BlobFile.Create(first.Path, first.Mode))
                {
                    if (!await GuardAsync(() => storage.Blobs.ReadAsync(group.Key, (part, offset) => RandomAccess.Write(file.SafeFileHandle, part, offset), token)))
                    {
                        throw Missing(group.Key);
                    }
                }

                foreach (BlobTarget other in group.Skip(1))
                {
                    using FileStream copy = BlobFile.Create(other.Path, other.Mode);
                    using FileStream source = FileIO.OpenRead(first.Path);
                    await source.CopyToAsync(copy, token);
                }

                progress?.Report(group.Count());
            });
    }

    public IBlobUpload BeginUpload() => new RemoteUpload(connection, _damaged);

    private BuildCacheException Missing(Digest blob) =>
        new(ErrorId.BlobMissing, $"The blob {blob} is not at {connection.Endpoint.Name}. The entry that names it is stale.");

    private async Task<T> GuardAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.BlobCorrupt && error.Blob is { } blob)
        {
            _damaged[blob] = 0;
            throw;
        }
    }
}
