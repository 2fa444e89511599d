namespace BuildCache.Sources.Assets;

/// <summary>How long to wait for a service that others can stand in for. The first answer that takes longer ends the wait for all.</summary>
/// <param name="service">The service, for the message.</param>
/// <param name="patience">The longest that an answer may take; <see langword="null"/> when nobody can stand in, and the time of a call is all that counts.</param>
/// <param name="clock">Measures it.</param>
/// <param name="cancellationToken">Stops.</param>
internal sealed class AnswerWait(string service, TimeSpan? patience, TimeProvider clock, CancellationToken cancellationToken) : IDisposable
{
    /// <summary>
    /// Enough for a service on another continent, also when it tries a second time; little for a person who waits. Without it, a
    /// service that accepts calls and does not answer costs two minutes: four tries of half a minute.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

    /// <summary>Waits for an answer.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.StoreUnavailable"/>: it took too long, or another one did before.</exception>
    public async Task<T> ForAsync<T>(Func<CancellationToken, Task<T>> ask)
    {
        if (patience is not { } longest)
        {
            return await ask(cancellationToken);
        }

        using var time = new CancellationTokenSource(longest, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(time.Token, _over.Token);
        try
        {
            return await ask(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            await _over.CancelAsync();
            throw new BuildCacheException(ErrorId.StoreUnavailable, $"{service} did not answer within {longest.TotalSeconds:0.#} s. Look whether it is overloaded, or name another.");
        }
    }

    public void Dispose() => _over.Dispose();
}
