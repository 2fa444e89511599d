using Polly;
using Polly.Retry;

namespace BuildCache.RemoteApis;

/// <summary>Calls to a server, tried again where that may help, with errors that are BuildCache's own.</summary>
internal sealed class RemoteCalls : IDisposable
{
    private const int Tries = 4;
    private const double LongestRequestedDelay = 10;

    private readonly ResiliencePipeline _retry;

    public RemoteCalls(GrpcChannel channel)
    {
        Channel = channel;
        _retry = new ResiliencePipelineBuilder { TimeProvider = channel.Clock }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = Tries - 1,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(200),
                MaxDelay = TimeSpan.FromSeconds(5),
                ShouldHandle = new PredicateBuilder().Handle<GrpcException>(error => error.IsTransient),
                DelayGenerator = arguments => new ValueTask<TimeSpan?>((arguments.Outcome.Exception as GrpcException)?.RetryAfter is TimeSpan asked
                    ? TimeSpan.FromSeconds(Math.Min(asked.TotalSeconds, LongestRequestedDelay))
                    : null),
            })
            .Build();
    }

    public GrpcChannel Channel { get; }

    public RemoteEndpoint Endpoint => Channel.Endpoint;

    /// <summary>Makes a call, again after a failure that may pass, four times in all.</summary>
    /// <exception cref="BuildCacheException">It failed for good.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await TryAsync(call, cancellationToken);
        }
        catch (GrpcException error)
        {
            throw RemoteErrors.Of(error, Endpoint);
        }
    }

    /// <summary>The same, for a caller to whom some failures are answers.</summary>
    /// <exception cref="GrpcException">It failed for good.</exception>
    public async Task<T> TryAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken) =>
        await _retry.ExecuteAsync(async token => await call(token), cancellationToken);

    public void Dispose() => Channel.Dispose();
}
