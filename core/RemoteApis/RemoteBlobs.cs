using BuildCache.Content;
using BuildCache.Content.Wire;
using Digest = BuildCache.Content.Digest;

namespace BuildCache.RemoteApis;

/// <summary>Takes a piece of a blob. The pieces come in order, and again from the start if what came before was damaged.</summary>
internal delegate void BlobSink(ReadOnlySpan<byte> content, long offset);

/// <summary>Gives a piece of a blob.</summary>
/// <returns>How many bytes, at least one; 0 at the end.</returns>
internal delegate int BlobSource(Span<byte> buffer, long offset);

/// <summary>The content-addressed storage of a server.</summary>
/// <remarks>The blob of no bytes is in every such storage; it is never asked for nor sent.</remarks>
internal sealed class RemoteBlobs
{
    /// <summary>How many large blobs to move at a time: one is hashed while another arrives, and more than that only share the cores.</summary>
    public const int StreamsAtOnce = 2;

    // How many calls of one method run at a time.
    private const int Parallelism = 4;

    // Some 3 MiB of digests; servers take messages of 4 MiB.
    private const int DigestsPerCall = 40_000;

    private static readonly GrpcMethod<FindMissingBlobsRequest, FindMissingBlobsResponse> s_findMissing =
        new("build.bazel.remote.execution.v2.ContentAddressableStorage/FindMissingBlobs", FindMissingBlobsResponse.Parser);

    private readonly RemoteCalls _calls;
    private readonly RemoteCapabilities _capabilities;

    public RemoteBlobs(RemoteCalls calls, RemoteCapabilities capabilities)
    {
        _calls = calls;
        _capabilities = capabilities;
    }

    /// <summary>Finds which blobs are definitely not there.</summary>
    public async Task<IReadOnlySet<Digest>> FindMissingAsync(IEnumerable<Digest> blobs, CancellationToken cancellationToken = default)
    {
        HashSet<Digest> asked = [.. blobs];
        asked.Remove(Digest.Empty);
        HashSet<Digest> missing = [];
        await Parallel.ForEachAsync(asked.Chunk(DigestsPerCall), InParallel(cancellationToken), async (group, token) =>
        {
            var request = new FindMissingBlobsRequest { InstanceName = _calls.Endpoint.Instance };
            request.BlobDigests.Add(group.Select(blob => blob.ToWire()));
            FindMissingBlobsResponse answer = await _calls.RunAsync(inner => _calls.Channel.CallAsync(s_findMissing, request, inner), token);
            lock (missing)
            {
                foreach (Content.Wire.Digest digest in answer.MissingBlobDigests)
                {
                    missing.Add(digest.FromWire() is { } blob && asked.Contains(blob) ? blob : throw new BuildCacheException(ErrorId.StoreUnavailable,
                        $"{_calls.Endpoint.Name} was asked about some blobs and answered about another. Look for what changes content on the way."));
                }
            }
        });
        return missing;
    }

    /// <summary>Whether a blob can travel together with others; larger ones go one by one.</summary>
    public bool IsSmall(Digest blob) => blob.Size + WireDigest.LongestEncoding <= _capabilities.LargestBatch;

    /// <summary>Reads small blobs, many in a call, and verifies each.</summary>
    /// <param name="blobs">Blobs of which each <see cref="IsSmall"/>.</param>
    /// <param name="received">Takes a whole blob; called for several at a time, once for each that is there.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Those that are not there.</returns>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.BlobCorrupt"/>: the server sent other bytes, twice.</exception>
    public async Task<IReadOnlySet<Digest>> ReadSmallAsync(
        IEnumerable<Digest> blobs, Func<Digest, ReadOnlyMemory<byte>, CancellationToken, ValueTask> received, CancellationToken cancellationToken = default)
    {
        HashSet<Digest> asked = [.. blobs];
        if (asked.Remove(Digest.Empty))
        {
            await received(Digest.Empty, default, cancellationToken);
        }

        HashSet<Digest> missing = [];
        await Parallel.ForEachAsync(Batches(asked), InParallel(cancellationToken), async (group, token) =>
        {
            IReadOnlyCollection<Digest> absent = await new BatchRead(_calls, group, received).RunAsync(token);
            lock (missing)
            {
                missing.UnionWith(absent);
            }
        });
        return missing;
    }

    /// <summary>Stores small blobs, many in a call.</summary>
    /// <param name="blobs">Blobs of which each <see cref="IsSmall"/>.</param>
    /// <param name="content">Gives the whole content of a blob; called for several at a time, and held until the batch is stored.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InputChanged"/>: content does not have its digest.</exception>
    public Task WriteSmallAsync(
        IEnumerable<Digest> blobs, Func<Digest, CancellationToken, ValueTask<ReadOnlyMemory<byte>>> content, CancellationToken cancellationToken = default)
    {
        HashSet<Digest> given = [.. blobs];
        given.Remove(Digest.Empty);
        return Parallel.ForEachAsync(Batches(given), InParallel(cancellationToken), async (group, token) =>
        {
            var batch = new BatchUpdate(_calls);
            foreach (Digest blob in group)
            {
                batch.Add(blob, await content(blob, token));
            }

            await batch.RunAsync(token);
        });
    }

    /// <summary>Reads a blob of any size and verifies it. A broken stream goes on where it broke.</summary>
    /// <returns>Whether it is there; if not, the sink may have been given nothing or something.</returns>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.BlobCorrupt"/>: the server sent other bytes, twice.</exception>
    public async Task<bool> ReadAsync(Digest blob, BlobSink sink, CancellationToken cancellationToken = default)
    {
        if (blob == Digest.Empty)
        {
            return true;
        }

        using var download = new BlobDownload(_calls, blob, sink);
        return await download.RunAsync(cancellationToken);
    }

    /// <summary>Stores a blob of any size. A broken stream goes on from what the server has.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InputChanged"/>: the content does not have the digest, and was not stored.</exception>
    public async Task WriteAsync(Digest blob, BlobSource source, CancellationToken cancellationToken = default)
    {
        if (_capabilities.LargestBlob is long largest && blob.Size > largest)
        {
            throw new BuildCacheException(ErrorId.UnsupportedByStore,
                $"{_calls.Endpoint.Name} takes blobs of at most {largest:N0} bytes; this one has {blob.Size:N0}. Leave it out, or have the server take more.");
        }

        if (blob != Digest.Empty)
        {
            using var upload = new BlobUpload(_calls, blob, source);
            await upload.RunAsync(cancellationToken);
        }
    }

    private IEnumerable<IReadOnlyList<Digest>> Batches(IEnumerable<Digest> blobs)
    {
        List<Digest> batch = [];
        long size = 0;
        foreach (Digest blob in blobs)
        {
            long cost = blob.Size + WireDigest.LongestEncoding;
            if (batch.Count > 0 && size + cost > _capabilities.LargestBatch)
            {
                yield return batch;
                batch = [];
                size = 0;
            }

            batch.Add(blob);
            size += cost;
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }

    private static ParallelOptions InParallel(CancellationToken cancellationToken) =>
        new() { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
}
