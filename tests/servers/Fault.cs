namespace BuildCache.TestServers;

/// <summary>What a <see cref="FaultProxy"/> does wrong, and to which requests. A call is one HTTP exchange; in gRPC one stream.</summary>
public sealed class Fault
{
    private readonly FaultAction _action;
    private readonly Func<SeenRequest, bool> _chooses;

    private Fault(FaultAction action)
        : this(action, _ => true)
    {
    }

    private Fault(FaultAction action, Func<SeenRequest, bool> chooses)
    {
        _action = action;
        _chooses = chooses;
    }

    /// <summary>The call is ended before it reaches the target: the connection is closed, or the gRPC stream reset.</summary>
    public static Fault Cut { get; } = new(new FaultAction.Cut());

    /// <summary>The target does what was asked, but the call is ended before its answer is passed on.</summary>
    public static Fault LoseAnswer { get; } = new(new FaultAction.LoseAnswer());

    /// <summary>The request waits before it is passed on.</summary>
    public static Fault Delay(TimeSpan time) => new(new FaultAction.Delay(time));

    /// <summary>The call is ended after that many bytes of the response's body, and in any case before its last byte.</summary>
    public static Fault CutMiddle(long afterBytes) => new(new FaultAction.DamageResponse(new BodyFault.CutMiddle(afterBytes)));

    /// <summary>The response's body lacks its last bytes, and its Content-Length or end says that it is whole.</summary>
    public static Fault Truncate(int missingBytes) => new(new FaultAction.DamageResponse(new BodyFault.Truncate(missingBytes)));

    /// <summary>All bits of one byte of the response's body are turned over.</summary>
    /// <param name="atByte">Which byte, from 0; without it the last, which in gRPC mostly is a byte of the blob.</param>
    public static Fault Corrupt(long? atByte = null) => new(new FaultAction.DamageResponse(new BodyFault.Corrupt(atByte)));

    /// <summary>All bits of one byte of the request's body are turned over.</summary>
    /// <inheritdoc cref="Corrupt"/>
    public static Fault CorruptRequest(long? atByte = null) => new(new FaultAction.CorruptRequest(new BodyFault.Corrupt(atByte)));

    /// <summary>
    /// The proxy answers itself: 401, 403, 404, 429, 500 or 503; a gRPC call gets the status UNAUTHENTICATED,
    /// PERMISSION_DENIED, NOT_FOUND, RESOURCE_EXHAUSTED, INTERNAL or UNAVAILABLE, without a message before it.
    /// </summary>
    /// <param name="code">The HTTP status.</param>
    /// <param name="retryAfter">A Retry-After header in whole seconds, or a google.rpc.RetryInfo.</param>
    public static Fault Status(int code, TimeSpan? retryAfter = null) => new(new FaultAction.Status(code, retryAfter));

    /// <summary>Every n-th call is cut: the n-th, the 2n-th and so on.</summary>
    public static Fault DropOneIn(int n) => Cut.OneIn(n);

    /// <summary>The same fault, only for requests that the condition is true for.</summary>
    public Fault For(Func<SeenRequest, bool> condition) =>
        new(_action, request => condition(request) && _chooses(request));

    /// <summary>The same fault, only for every n-th of the requests that it would be applied to. Put it after <see cref="For"/>.</summary>
    public Fault OneIn(int n)
    {
        int count = 0;
        return new Fault(_action, request => _chooses(request) && Interlocked.Increment(ref count) % n == 0);
    }

    /// <summary>The same fault, only for the first so many of the requests that it would be applied to. Put it after <see cref="For"/>.</summary>
    public Fault First(int times)
    {
        int count = 0;
        return new Fault(_action, request => _chooses(request) && Interlocked.Increment(ref count) <= times);
    }

    internal FaultAction? ActionFor(SeenRequest request) => _chooses(request) ? _action : null;
}
