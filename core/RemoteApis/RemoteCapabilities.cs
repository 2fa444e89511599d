using BuildCache.Content.Wire;

namespace BuildCache.RemoteApis;

/// <summary>What a server says that it can do.</summary>
/// <param name="LargestBatch">How many bytes of content a batch may have.</param>
/// <param name="LargestBlob">How large a blob may be; <see langword="null"/> when nothing is said.</param>
/// <param name="CanUpdateActions">Whether action results may be written.</param>
internal sealed record RemoteCapabilities(long LargestBatch, long? LargestBlob, bool CanUpdateActions)
{
    // A server that states no limit, or a higher one, still takes no message over gRPC's usual 4 MiB unless it was told to;
    // the rest is for what goes with the content.
    private const long MessageLimit = 4 * 1024 * 1024;
    private const long BatchLimit = MessageLimit - (64 * 1024);

    private static readonly GrpcMethod<GetCapabilitiesRequest, ServerCapabilities> s_get =
        new("build.bazel.remote.execution.v2.Capabilities/GetCapabilities", ServerCapabilities.Parser);

    /// <summary>Asks a server, and makes sure that it keeps content under SHA-256 for the instance.</summary>
    /// <exception cref="BuildCacheException">It says what the server lacks.</exception>
    public static async Task<RemoteCapabilities> ReadAsync(RemoteCalls calls, CancellationToken cancellationToken)
    {
        RemoteEndpoint endpoint = calls.Endpoint;
        ServerCapabilities server;
        try
        {
            var request = new GetCapabilitiesRequest { InstanceName = endpoint.Instance };
            server = await calls.TryAsync(token => calls.Channel.CallAsync(s_get, request, token), cancellationToken);
        }
        catch (GrpcException error) when (error is { Failure: GrpcFailure.Answered, Code: GrpcStatusCode.NotFound or GrpcStatusCode.InvalidArgument })
        {
            throw new BuildCacheException(ErrorId.StoreNotFound,
                $"{endpoint.Name} has no instance '{endpoint.Instance}'. Check what follows the port in the store's URI. ({error.Message})", error);
        }
        catch (GrpcException error) when (error is { Failure: GrpcFailure.Answered, Code: GrpcStatusCode.Unimplemented })
        {
            throw Unsuitable(endpoint, "does not speak the Remote Execution API", error);
        }
        catch (GrpcException error)
        {
            throw RemoteErrors.Of(error, endpoint);
        }

        return Read(server, endpoint);
    }

    internal static RemoteCapabilities Read(ServerCapabilities server, RemoteEndpoint endpoint)
    {
        const int version = 2;
        if (server.LowApiVersion?.Major > version || server.HighApiVersion is { Major: > 0 and < version })
        {
            throw Unsuitable(endpoint, $"speaks versions {server.LowApiVersion?.Major} to {server.HighApiVersion?.Major} of the Remote Execution API, not version {version}");
        }

        if (server.CacheCapabilities is not CacheCapabilities cache)
        {
            throw Unsuitable(endpoint, $"has no content-addressed storage for the instance '{endpoint.Instance}'");
        }

        if (!cache.DigestFunctions.Contains(DigestFunction.Types.Value.Sha256))
        {
            string known = cache.DigestFunctions.Count > 0 ? string.Join(", ", cache.DigestFunctions) : "none";
            throw Unsuitable(endpoint, $"does not name content by SHA-256 (its digest functions: {known})");
        }

        long batch = cache.MaxBatchTotalSizeBytes > 0 ? Math.Min(cache.MaxBatchTotalSizeBytes, BatchLimit) : BatchLimit;
        return new RemoteCapabilities(
            batch, cache.MaxCasBlobSizeBytes > 0 ? cache.MaxCasBlobSizeBytes : null, cache.ActionCacheUpdateCapabilities?.UpdateEnabled ?? false);
    }

    private static BuildCacheException Unsuitable(RemoteEndpoint endpoint, string lack, Exception? error = null) =>
        new(ErrorId.StoreUnsuitable, $"The server at {endpoint.Name} {lack}. Name another server, or have this one set up for it.", error);
}
