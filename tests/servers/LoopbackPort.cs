using System.Net;
using System.Net.Sockets;

namespace BuildCache.TestServers;

internal static class LoopbackPort
{
    /// <summary>A port that was free a moment ago; who uses it must be ready to be told that it no longer is.</summary>
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
