using BuildCache.Content;
using BuildCache.RemoteApis;
using BuildCache.TestServers;

namespace BuildCache.Tests.RemoteApis;

/// <summary>One real server for the tests of a class.</summary>
public sealed class Casd : IAsyncLifetime
{
    private BuildboxCasd? _server;

    public int Port => Server.Address.Port;

    internal RemoteEndpoint Endpoint => new() { Host = "127.0.0.1", Port = Port, Timeout = TimeSpan.FromSeconds(10) };

    private BuildboxCasd Server
    {
        get
        {
            Assert.SkipUnless(_server is not null, BuildboxCasd.Unavailable ?? "");
            return _server;
        }
    }

    public async ValueTask InitializeAsync() => _server = BuildboxCasd.Unavailable is null ? await BuildboxCasd.StartAsync() : null;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    /// <summary>Where the server keeps a blob.</summary>
    public string PathOf(Digest blob) => Path.Combine(Server.DataFolder, "cas", "objects", blob.Hash[..2], blob.Hash[2..]);

    internal Task<RemoteStorage> ConnectAsync() => RemoteStorage.ConnectAsync(Endpoint);
}
