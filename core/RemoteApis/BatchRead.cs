using BuildCache.Content.Wire;
using Digest = BuildCache.Content.Digest;

namespace BuildCache.RemoteApis;

/// <summary>Reads several blobs in one call; what one try does not bring, the next asks for.</summary>
internal sealed class BatchRead(
    RemoteCalls calls, IEnumerable<Digest> blobs, Func<Digest, ReadOnlyMemory<byte>, CancellationToken, ValueTask> received)
{
    private static readonly GrpcMethod<BatchReadBlobsRequest, BatchReadBlobsResponse> s_read =
        new("build.bazel.remote.execution.v2.ContentAddressableStorage/BatchReadBlobs", BatchReadBlobsResponse.Parser);

    private readonly HashSet<Digest> _open = [.. blobs];
    private readonly List<Digest> _missing = [];

    /// <returns>The blobs that are not there.</returns>
    public async Task<IReadOnlyCollection<Digest>> RunAsync(CancellationToken cancellationToken)
    {
        await calls.RunAsync(TryAsync, cancellationToken);
        return _missing;
    }

    private async Task<bool> TryAsync(CancellationToken cancellationToken)
    {
        var request = new BatchReadBlobsRequest { InstanceName = calls.Endpoint.Instance };
        request.Digests.Add(_open.Select(blob => blob.ToWire()));
        BatchReadBlobsResponse answer = await calls.Channel.CallAsync(s_read, request, cancellationToken);
        GrpcException? failure = null;
        foreach (BatchReadBlobsResponse.Types.Response part in answer.Responses)
        {
            if (part.Digest.FromWire() is Digest blob && _open.Contains(blob))
            {
                failure = await TakeAsync(blob, part, cancellationToken) ?? failure;
            }
        }

        return _open.Count == 0 ? true : throw failure ?? new GrpcException(
            GrpcFailure.Broken, GrpcStatusCode.DataLoss, $"{calls.Endpoint.Name} left {_open.Count} blobs out of its answer.");
    }

    private async ValueTask<GrpcException?> TakeAsync(Digest blob, BatchReadBlobsResponse.Types.Response part, CancellationToken cancellationToken)
    {
        GrpcStatus status = GrpcStatus.Of(part.Status);
        switch (status.Code)
        {
            case GrpcStatusCode.NotFound:
                _open.Remove(blob);
                _missing.Add(blob);
                return null;
            case not GrpcStatusCode.Ok:
                return calls.Channel.Failure(status);
        }

        Digest arrived = Digest.Of(part.Data.Span);
        if (part.Compressor != 0 || arrived != blob)
        {
            await ReadAloneAsync(blob, arrived, cancellationToken);
            return null;
        }

        await received(blob, part.Data.Memory, cancellationToken);
        _open.Remove(blob);
        return null;
    }

    // Once may be an accident on the way; a second reading, of this blob alone, tells.
    private async ValueTask ReadAloneAsync(Digest blob, Digest firstReading, CancellationToken cancellationToken)
    {
        byte[] content = new byte[blob.Size];
        using var download = new BlobDownload(calls, blob, (part, offset) => part.CopyTo(content.AsSpan((int)offset)), firstReading);
        if (await download.RunAsync(cancellationToken))
        {
            await received(blob, content, cancellationToken);
        }
        else
        {
            _missing.Add(blob);
        }

        _open.Remove(blob);
    }
}
