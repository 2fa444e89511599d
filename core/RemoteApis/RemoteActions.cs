using BuildCache.Content.Wire;
using Digest = BuildCache.Content.Digest;

namespace BuildCache.RemoteApis;

/// <summary>The action cache of a server.</summary>
internal sealed class RemoteActions(RemoteCalls calls)
{
    private static readonly GrpcMethod<GetActionResultRequest, ActionResult> s_get =
        new("build.bazel.remote.execution.v2.ActionCache/GetActionResult", ActionResult.Parser);

    private static readonly GrpcMethod<UpdateActionResultRequest, ActionResult> s_update =
        new("build.bazel.remote.execution.v2.ActionCache/UpdateActionResult", ActionResult.Parser);

    /// <summary>Gets the result of an action.</summary>
    /// <returns><see langword="null"/> when there is none.</returns>
    public Task<ActionResult?> GetAsync(Digest action, CancellationToken cancellationToken = default)
    {
        var request = new GetActionResultRequest { InstanceName = calls.Endpoint.Instance, ActionDigest = action.ToWire(), InlineStdout = true };
        return calls.RunAsync<ActionResult?>(
            async token =>
            {
                try
                {
                    return await calls.Channel.CallAsync(s_get, request, token);
                }
                catch (GrpcException error) when (error is { Failure: GrpcFailure.Answered, Code: GrpcStatusCode.NotFound })
                {
                    return null;
                }
            },
            cancellationToken);
    }

    /// <summary>Sets the result of an action. What it names has to be stored before.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.BlobMissing"/>: the server misses something that the result names.</exception>
    public async Task UpdateAsync(Digest action, ActionResult result, CancellationToken cancellationToken = default)
    {
        var request = new UpdateActionResultRequest { InstanceName = calls.Endpoint.Instance, ActionDigest = action.ToWire(), ActionResult = result };
        try
        {
            await calls.TryAsync(token => calls.Channel.CallAsync(s_update, request, token), cancellationToken);
        }
        catch (GrpcException error) when (error is { Failure: GrpcFailure.Answered, Code: GrpcStatusCode.NotFound or GrpcStatusCode.FailedPrecondition })
        {
            throw new BuildCacheException(ErrorId.BlobMissing, $"{error.Message} Content that the result names is not stored there; save again.", error);
        }
        catch (GrpcException error)
        {
            throw RemoteErrors.Of(error, calls.Endpoint);
        }
    }
}
