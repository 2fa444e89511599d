using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace BuildCache.Tests.RemoteApis;

/// <summary>Passes bytes on to a real server; it can end TLS before it, and cut what a client sends.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly int _target;
    private readonly SslServerAuthenticationOptions? _tls;
    private readonly Queue<long> _cuts;
    private readonly Task _accepting;

    /// <param name="target">The server's port.</param>
    /// <param name="tls">How to speak TLS, if at all.</param>
    /// <param name="cuts">After how many bytes from the client to cut the first connections.</param>
    public Relay(int target, SslServerAuthenticationOptions? tls = null, params long[] cuts)
    {
        _target = target;
        _tls = tls;
        _cuts = new Queue<long>(cuts);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_end.Token);
                connections.Add(ServeAsync(client, _cuts.TryDequeue(out long cut) ? cut : long.MaxValue));
            }
        }
        finally
        {
            await Task.WhenAll(connections).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ServeAsync(TcpClient client, long cut)
    {
        using (client)
        using (var server = new TcpClient())
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _target, _end.Token);
                await using Stream near = await NearAsync(client);
                await using NetworkStream far = server.GetStream();
                using var either = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
                await Task.WhenAny(CopyAsync(near, far, cut, either.Token), CopyAsync(far, near, long.MaxValue, either.Token));
                await either.CancelAsync();
            }
            catch (Exception error) when (error is IOException or SocketException or AuthenticationException or OperationCanceledException)
            {
                // The connection ends for the other side too.
            }
        }
    }

    private async Task<Stream> NearAsync(TcpClient client)
    {
        if (_tls is null)
        {
            return client.GetStream();
        }

        var stream = new SslStream(client.GetStream());
        await stream.AuthenticateAsServerAsync(_tls, _end.Token);
        return stream;
    }

    private static async Task CopyAsync(Stream from, Stream to, long limit, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[64 * 1024];
        for (int count; limit > 0 && (count = await from.ReadAsync(buffer, cancellationToken)) > 0; limit -= count)
        {
            await to.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
        }
    }
}
