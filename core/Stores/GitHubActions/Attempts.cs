using Polly;
using Polly.Retry;

namespace BuildCache.Stores.GitHubActions;

/// <summary>Tries what fails for a moment five times in all, with growing, spread-out pauses.</summary>
internal sealed class Attempts
{
    /// <summary>The pause after the first try.</summary>
    /// <remarks>GitHub's own client waits for 3 s: it restores once a job, and has nothing else to fall back on. A build asks a hundred
    /// times, and compiling takes no longer than such pauses.</remarks>
    public static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(0.5);

    private const int Most = 5;
    private const double Growth = 1.5;
    private const double Spread = 0.2;

    private readonly ResiliencePipeline _pipeline;

    /// <param name="firstPause">The pause after the first try.</param>
    /// <param name="clock">Measures the pauses.</param>
    public Attempts(TimeSpan firstPause, TimeProvider clock) =>
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = clock }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = Most - 1,
                ShouldHandle = new PredicateBuilder().Handle<TransientFault>(),
                // Many jobs that were refused at the same moment must not come back at the same moment.
                DelayGenerator = retry => new(firstPause * Math.Pow(Growth, retry.AttemptNumber) * (1 - Spread + (2 * Spread * Random.Shared.NextDouble()))),
            })
            .Build();

    /// <summary>Runs something until it goes well, fails for good, or was tried often enough.</summary>
    /// <param name="doing">Completes "GitHub's cache service could not be asked to …".</param>
    /// <param name="attempt">One try; a <see cref="TransientFault"/> asks for another.</param>
    /// <param name="cancellationToken">Stops, in a pause too.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.StoreUnavailable"/>.</exception>
    public async ValueTask<T> RunAsync<T>(string doing, Func<CancellationToken, ValueTask<T>> attempt, CancellationToken cancellationToken)
    {
        try
        {
            return await _pipeline.ExecuteAsync(attempt, cancellationToken);
        }
        catch (TransientFault fault)
        {
            // Without the cause: what lies below may know the address, and that is signed.
            throw new BuildCacheException(ErrorId.StoreUnavailable,
                $"GitHub's cache service could not {doing}, {Most} times in a row: {fault.Message}. Work goes on without it; see githubstatus.com, or try again later.");
        }
    }
}
