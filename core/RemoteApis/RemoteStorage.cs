namespace BuildCache.RemoteApis;

/// <summary>A server's storage: blobs, action results, and assets, for one instance.</summary>
/// <remarks>Every method throws <see cref="BuildCacheException"/> when the server cannot say; only a definite "not found" is an absence.</remarks>
internal sealed class RemoteStorage : IDisposable
{
    private readonly RemoteCalls _calls;

    private RemoteStorage(RemoteCalls calls, RemoteCapabilities capabilities)
    {
        _calls = calls;
        Capabilities = capabilities;
        Blobs = new RemoteBlobs(calls, capabilities);
        Actions = new RemoteActions(calls);
        Assets = new RemoteAssets(calls);
    }

    public RemoteCapabilities Capabilities { get; }

    public RemoteBlobs Blobs { get; }

    public RemoteActions Actions { get; }

    public RemoteAssets Assets { get; }

    /// <summary>Connects, and makes sure that the server and the instance are what is needed.</summary>
    /// <remarks>
    /// Nothing is asked for before the instance is known to exist: later, "not found" would look as if content were absent.
    /// </remarks>
    /// <param name="endpoint">Where the server is.</param>
    /// <param name="clock">Measures time-outs and pauses.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BuildCacheException">It says what is wrong with the server, or with how it was named.</exception>
    public static async Task<RemoteStorage> ConnectAsync(
        RemoteEndpoint endpoint, TimeProvider? clock = null, CancellationToken cancellationToken = default)
    {
        var calls = new RemoteCalls(new GrpcChannel(endpoint, clock));
        try
        {
            return new RemoteStorage(calls, await RemoteCapabilities.ReadAsync(calls, cancellationToken));
        }
        catch
        {
            calls.Dispose();
            throw;
        }
    }

    public void Dispose() => _calls.Dispose();
}
