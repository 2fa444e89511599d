using BuildCache.Content;

namespace BuildCache.RemoteApis;

/// <summary>The error that a user sees of a call that failed for good.</summary>
internal static class RemoteErrors
{
    public static BuildCacheException Of(GrpcException error, RemoteEndpoint endpoint)
    {
        (ErrorId id, string advice) = error.Failure switch
        {
            GrpcFailure.NotTrusted => (ErrorId.StoreNotTrusted, ""),
            GrpcFailure.NotGrpc => (ErrorId.StoreUnsuitable, ""),
            GrpcFailure.Answered => Answered(error.Code, endpoint),
            GrpcFailure.Broken => (ErrorId.StoreUnavailable, " Check the host and the port, whether the server runs, and the network."),
            _ => (ErrorId.StoreUnavailable, " Look into the server's log, or name another server."),
        };
        return new BuildCacheException(id, error.Message + advice, error);
    }

    /// <summary>The server has other bytes under a digest.</summary>
    public static BuildCacheException Corrupt(Digest blob, RemoteEndpoint endpoint) =>
        new(ErrorId.BlobCorrupt, $"{endpoint.Name} sent other bytes than those of {blob}, twice. What it stores is damaged: save the entry again, or remove the blob there.") { Blob = blob };

    /// <summary>What arrives for a digest is wrong, and differently wrong each time: that says nothing about what is stored.</summary>
    public static BuildCacheException Garbled(Digest blob, RemoteEndpoint endpoint) =>
        new(ErrorId.StoreUnavailable, $"What arrives from {endpoint.Name} for {blob} is wrong in another way each time. Look for what changes content on the way: a proxy, a network card, memory.");

    /// <summary>The content to store does not have its digest.</summary>
    public static BuildCacheException Changed(Digest blob) =>
        new(ErrorId.InputChanged, $"The content of {blob} changed while it was being stored. Save again when nothing writes to it.");

    private static (ErrorId Id, string Advice) Answered(GrpcStatusCode code, RemoteEndpoint endpoint) => code switch
    {
        GrpcStatusCode.Unauthenticated => (ErrorId.StoreAccessDenied,
            endpoint.Token is null ? " Give a token or a client certificate." : " The token is wrong or has expired: get a new one."),
        GrpcStatusCode.PermissionDenied => (ErrorId.StoreAccessDenied, " Whoever the credentials belong to may not do this here."),
        GrpcStatusCode.Unimplemented => (ErrorId.UnsupportedByStore, " The server does not have this part of the API."),
        GrpcStatusCode.NotFound => (ErrorId.StoreNotFound, $" Check the instance name '{endpoint.Instance}'."),
        _ => (ErrorId.StoreUnavailable, " Try again later, or look into the server's log."),
    };
}
