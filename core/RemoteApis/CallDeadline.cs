namespace BuildCache.RemoteApis;

/// <summary>The time a call may take, or, when it is restarted as bytes move, the time it may stand still.</summary>
internal sealed class CallDeadline : IDisposable
{
    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource _either;
    private readonly CancellationToken _caller;

    public CallDeadline(TimeSpan time, TimeProvider clock, CancellationToken caller)
    {
        Time = time;
        _caller = caller;
        _timer = new CancellationTokenSource(time, clock);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, caller);
    }

    public TimeSpan Time { get; }

    public CancellationToken Token => _either.Token;

    /// <summary>Whether time ran out, rather than the caller giving up.</summary>
    public bool HasPassed => _timer.IsCancellationRequested && !_caller.IsCancellationRequested;

    public void Restart() => _timer.CancelAfter(Time);

    /// <summary>Ends the call, whatever it waits for.</summary>
    public void Cancel() => _either.Cancel();

    /// <summary>Turns what a cancelled call throws into what it means.</summary>
    public Exception Meaning(Exception error, RemoteEndpoint endpoint)
    {
        if (_caller.IsCancellationRequested)
        {
            return error as OperationCanceledException ?? new OperationCanceledException(null, error, _caller);
        }

        if (HasPassed || (error is OperationCanceledException && error.InnerException is TimeoutException))
        {
            return new GrpcException(GrpcFailure.Broken, GrpcStatusCode.DeadlineExceeded,
                $"{endpoint.Name} did not answer within {Time.TotalSeconds:0.###} s.", innerException: error);
        }

        return GrpcErrors.Of(error, endpoint);
    }

    public void Dispose()
    {
        _either.Dispose();
        _timer.Dispose();
    }
}
