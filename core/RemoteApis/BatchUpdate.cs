using BuildCache.Content.Wire;
using Google.Protobuf;
using Digest = BuildCache.Content.Digest;

namespace BuildCache.RemoteApis;

/// <summary>Stores several blobs in one call; what one try does not store, the next sends again.</summary>
internal sealed class BatchUpdate(RemoteCalls calls)
{
    private static readonly GrpcMethod<BatchUpdateBlobsRequest, BatchUpdateBlobsResponse> s_update =
        new("build.bazel.remote.execution.v2.ContentAddressableStorage/BatchUpdateBlobs", BatchUpdateBlobsResponse.Parser);

    private readonly Dictionary<Digest, ReadOnlyMemory<byte>> _open = [];

    public void Add(Digest blob, ReadOnlyMemory<byte> content)
    {
        if (content.Length != blob.Size || Digest.Of(content.Span) != blob)
        {
            throw RemoteErrors.Changed(blob);
        }

        _open[blob] = content;
    }

    public Task RunAsync(CancellationToken cancellationToken) => calls.RunAsync(TryAsync, cancellationToken);

    private async Task<bool> TryAsync(CancellationToken cancellationToken)
    {
        var request = new BatchUpdateBlobsRequest { InstanceName = calls.Endpoint.Instance };
        request.Requests.Add(_open.Select(blob => new BatchUpdateBlobsRequest.Types.Request
        {
            Digest = blob.Key.ToWire(),
            Data = UnsafeByteOperations.UnsafeWrap(blob.Value),
        }));
        BatchUpdateBlobsResponse answer = await calls.Channel.CallAsync(s_update, request, cancellationToken);
        GrpcException? failure = null;
        foreach (BatchUpdateBlobsResponse.Types.Response part in answer.Responses)
        {
            if (part.Digest.FromWire() is Digest blob && _open.ContainsKey(blob))
            {
                GrpcStatus status = GrpcStatus.Of(part.Status);
                if (status.Code is GrpcStatusCode.Ok or GrpcStatusCode.AlreadyExists)
                {
                    _open.Remove(blob);
                }
                else
                {
                    failure = calls.Channel.Failure(status);
                }
            }
        }

        return _open.Count == 0 ? true : throw failure ?? new GrpcException(
            GrpcFailure.Broken, GrpcStatusCode.DataLoss, $"{calls.Endpoint.Name} does not say whether it stored {_open.Count} blobs.");
    }
}
