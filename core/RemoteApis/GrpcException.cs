namespace BuildCache.RemoteApis;

/// <summary>What made a call fail, where the status code alone does not say.</summary>
internal enum GrpcFailure
{
    /// <summary>The server, or something in front of it, answered with this status.</summary>
    Answered,

    /// <summary>No answer, or not all of it: the connection could not be made, was cut or reset, or time ran out.</summary>
    Broken,

    /// <summary>What answers does not speak gRPC.</summary>
    NotGrpc,

    /// <summary>The server's certificate is not trusted.</summary>
    NotTrusted,

    /// <summary>An answer that may not be: malformed, or larger than anything that was asked for.</summary>
    Malformed,
}

/// <summary>A call that did not end well. Its message holds no credentials.</summary>
internal sealed class GrpcException(
    GrpcFailure failure, GrpcStatusCode code, string message, TimeSpan? retryAfter = null, Exception? innerException = null)
    : Exception(message, innerException)
{
    public GrpcFailure Failure { get; } = failure;

    public GrpcStatusCode Code { get; } = code;

    /// <summary>How long the server asks to wait before the same is asked again.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>Whether the same call may do better a little later.</summary>
    public bool IsTransient => Failure switch
    {
        GrpcFailure.Broken => true,
        GrpcFailure.Answered => Code is GrpcStatusCode.Unavailable or GrpcStatusCode.DeadlineExceeded or GrpcStatusCode.ResourceExhausted or GrpcStatusCode.Aborted,
        _ => false,
    };
}
