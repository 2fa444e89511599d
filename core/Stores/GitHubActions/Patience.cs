namespace BuildCache.Stores.GitHubActions;

/// <summary>Gives up on a peer that is silent for too long, however long the whole takes.</summary>
internal sealed class Patience : IDisposable
{
    private readonly TimeSpan _silence;
    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource _either;

    public Patience(TimeSpan silence, TimeProvider clock, CancellationToken cancellationToken)
    {
        _silence = silence;
        _timer = new CancellationTokenSource(silence, clock);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, cancellationToken);
    }

    /// <summary>Ends when the peer was silent for too long, or the caller wants no more.</summary>
    public CancellationToken Token => _either.Token;

    /// <summary>Something was heard.</summary>
    public void Renew() => _timer.CancelAfter(_silence);

    public void Dispose()
    {
        _either.Dispose();
        _timer.Dispose();
    }
}
