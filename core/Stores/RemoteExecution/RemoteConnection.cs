using BuildCache.RemoteApis;

namespace BuildCache.Stores.RemoteExecution;

/// <summary>The connection of a store, made when it is used first. One that failed is tried again with the next use.</summary>
internal sealed class RemoteConnection(RemoteEndpoint endpoint) : IDisposable
{
    private readonly Lock _gate = new();
    private Task<RemoteStorage>? _storage;

    public RemoteEndpoint Endpoint => endpoint;

    public async ValueTask<RemoteStorage> GetAsync(CancellationToken cancellationToken)
    {
        Task<RemoteStorage> storage;
        lock (_gate)
        {
            // Not cancelled with the one who happens to come first: others wait for it too.
            storage = _storage is null or { IsFaulted: true } ? _storage = RemoteStorage.ConnectAsync(endpoint, cancellationToken: CancellationToken.None) : _storage;
        }

        return await storage.WaitAsync(cancellationToken);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _storage?.ContinueWith(storage => storage.Result.Dispose(), CancellationToken.None,
                TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }
}
