using BuildCache.TestServers.Assets;

namespace BuildCache.Tests.Sources.Assets;

/// <summary>One peer for the tests of a class.</summary>
public sealed class AssetPeerFixture : IAsyncLifetime
{
    private AssetPeerServer? _server;

    public AssetPeerServer Server
    {
        get
        {
            Assert.SkipUnless(_server is not null, AssetPeerServer.Unavailable ?? "");
            return _server;
        }
    }

    public async ValueTask InitializeAsync() => _server = AssetPeerServer.Unavailable is null ? await AssetPeerServer.StartAsync() : null;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
