using System.Net.Sockets;

namespace BuildCache.Tests.Resources;

/// <summary>A socket that something listens on.</summary>
internal sealed class BoundSocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public BoundSocket(string path)
    {
        Path = path;
        _socket.Bind(new UnixDomainSocketEndPoint(path));
        _socket.Listen();
    }

    public string Path { get; }

    public Task<Socket> AcceptAsync() => _socket.AcceptAsync();

    public void Dispose()
    {
        _socket.Dispose();
        File.Delete(Path);
    }
}
