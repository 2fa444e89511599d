using BuildCache.Content;
using BuildCache.RemoteApis;

namespace BuildCache.Stores.RemoteExecution;

/// <summary>A server of Remote Execution API v2 as a store: blobs in its content-addressed storage, entries in its action cache.</summary>
/// <remarks>
/// Entries are action results, whose outputs the server knows and keeps together. Restore keys need the Remote Asset API; without
/// it there are none. The server lists nothing and prunes itself. See <c>docs/store-layout-reapi.md</c>.
/// </remarks>
public sealed class RemoteExecutionStore : CacheStore
{
    private readonly RemoteConnection _connection;
    private readonly RemoteEntryIndex _entries;

    private RemoteExecutionStore(Uri uri, RemoteEndpoint endpoint)
    {
        Uri = uri;
        _connection = new RemoteConnection(endpoint);
        _entries = new RemoteEntryIndex(_connection);
        Blobs = new RemoteBlobStore(_connection);
    }

    /// <inheritdoc/>
    public override Uri Uri { get; }

    /// <inheritdoc/>
    public override IBlobStore Blobs { get; }

    /// <inheritdoc/>
    public override IEntryIndex Entries => _entries;

    /// <inheritdoc/>
    public override IReadOnlyList<StoreNotice> TakeNotices() => _entries.TakeNotices();

    /// <inheritdoc/>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.UnsupportedByStore"/>, always.</exception>
    public override ValueTask<StoreUsage> SweepAsync(Func<Digest, bool> isNeeded, DateTimeOffset olderThan, CancellationToken cancellationToken = default) =>
        throw new BuildCacheException(ErrorId.UnsupportedByStore, $"The server at {Uri} decides itself what it keeps. Set its limits where it runs.");

    /// <inheritdoc/>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.UnsupportedByStore"/>, always.</exception>
    public override ValueTask<StoreUsage> MeasureAsync(CancellationToken cancellationToken = default) =>
        throw new BuildCacheException(ErrorId.UnsupportedByStore, $"The server at {Uri} does not tell what it holds. Ask where it runs.");

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _connection.Dispose();
        return base.DisposeAsync();
    }

    /// <summary>Opens the store that a <c>grpc:</c> or <c>grpcs:</c> URI names.</summary>
    internal static RemoteExecutionStore Open(StoreUri uri) => new(uri.Uri, RemoteStoreUri.Endpoint(uri));
}
