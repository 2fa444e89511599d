using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace BuildCache.TestServers.Git;

/// <summary>The repositories of a folder over git's own protocol: <c>git daemon</c>.</summary>
public sealed class GitDaemon : IDisposable
{
    private readonly Process _process;

    private GitDaemon(Process process, int port) => (_process, Url) = (process, $"git://127.0.0.1:{port}/");

    /// <summary>The address of the folder, with a slash at its end.</summary>
    public string Url { get; }

    /// <summary>Starts one and waits until it answers.</summary>
    /// <exception cref="TimeoutException">It did not answer.</exception>
    public static async Task<GitDaemon> StartAsync(string root, CancellationToken cancellationToken = default)
    {
        int port = LoopbackPort.Free();
        var start = new ProcessStartInfo("git") { RedirectStandardError = true };
        string[] arguments = ["daemon", "--export-all", "--reuseaddr", "--base-path=" + root, "--listen=127.0.0.1", "--port=" + port.ToString(CultureInfo.InvariantCulture), root];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var daemon = new GitDaemon(Process.Start(start)!, port);
        daemon._process.ErrorDataReceived += (_, _) => { };
        daemon._process.BeginErrorReadLine();
        for (int attempt = 0; attempt < 200; attempt++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
                return daemon;
            }
            catch (SocketException)
            {
                await Task.Delay(50, cancellationToken);
            }
        }

        daemon.Dispose();
        throw new TimeoutException("git daemon does not answer.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }
}
