using System.Diagnostics;

namespace BuildCache.TestServers;

/// <summary>
/// A real server in a process of its own on 127.0.0.1, with its data in a temporary folder. It ends with
/// <see cref="DisposeAsync"/>, or with this process.
/// </summary>
public abstract class RealServer : IAsyncDisposable
{
    private const int Tries = 3;
    private static readonly TimeSpan s_startTimeout = TimeSpan.FromSeconds(60);
    private readonly string _name;
    private readonly string _folder = Directory.CreateTempSubdirectory("buildcache-server-").FullName;
    private Process? _process;
    private Task _log = Task.CompletedTask;

    private protected RealServer(string name)
    {
        _name = name;
        Directory.CreateDirectory(DataFolder);
    }

    /// <summary>Where the server listens. It stays the same after <see cref="RestartAsync"/>.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1");

    /// <summary>What the server keeps; deleted with it.</summary>
    public string DataFolder => Path.Combine(_folder, "data");

    /// <summary>What the server wrote to its outputs; deleted with it.</summary>
    public string LogFile => Path.Combine(_folder, "server.log");

    /// <summary>Kills the server at once, as a crash does.</summary>
    public async Task StopAsync()
    {
        if (_process is not Process process)
        {
            return;
        }

        _process = null;
        using (process)
        {
            // The script kills the server when its input ends; killing the script would leave the server behind.
            process.StandardInput.Close();
            await process.WaitForExitAsync();
            await _log;
        }
    }

    /// <summary>
    /// Starts the server again at the address it had. buildbox-casd has its data again; the others keep it in
    /// memory and come back empty.
    /// </summary>
    public async Task RestartAsync(CancellationToken cancellationToken = default)
    {
        await StopAsync();
        await RunAsync(Address.Port, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Asks the server something cheap that it answers only when it is ready. Throws or says false until then.</summary>
    private protected abstract Task<bool> AnswersAsync(HttpClient client, CancellationToken cancellationToken);

    private protected async Task LaunchAsync(CancellationToken cancellationToken)
    {
        try
        {
            for (int attempt = 1; ; attempt++)
            {
                try
                {
                    await RunAsync(LoopbackPort.Free(), cancellationToken);
                    return;
                }
                catch (InvalidOperationException) when (attempt < Tries)
                {
                    // Another process may have taken the port since it was found free.
                }
            }
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    private async Task RunAsync(int port, CancellationToken cancellationToken)
    {
        Address = new Uri($"http://127.0.0.1:{port}");
        ProcessStartInfo start = ServerScripts.Run("start.sh", _name, $"{port}", DataFolder);
        start.Environment["WHILE_STDIN"] = "1";
        Process process = Process.Start(start)!;
        _process = process;
        _log = WriteLogAsync(process);
        try
        {
            await WaitUntilReadyAsync(process, cancellationToken);
        }
        catch
        {
            await StopAsync();
            throw;
        }
    }

    private async Task WaitUntilReadyAsync(Process process, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(5) };
        var clock = Stopwatch.StartNew();
        while (!await IsReadyAsync(client, cancellationToken) || process.HasExited)
        {
            if (process.HasExited || clock.Elapsed > s_startTimeout)
            {
                await StopAsync();
                string[] log = await File.ReadAllLinesAsync(LogFile, cancellationToken);
                string message = $"{_name} did not start. The last it wrote: {string.Join('\n', log.TakeLast(20))}";
                throw clock.Elapsed > s_startTimeout ? new TimeoutException(message) : new InvalidOperationException(message);
            }

            await Task.Delay(20, cancellationToken);
        }
    }

    private async Task<bool> IsReadyAsync(HttpClient client, CancellationToken cancellationToken)
    {
        try
        {
            return await AnswersAsync(client, cancellationToken);
        }
        catch (Exception problem) when (problem is HttpRequestException || (problem is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    private async Task WriteLogAsync(Process process)
    {
        await using var log = new FileStream(LogFile, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        await Task.WhenAll(CopyAsync(process.StandardOutput), CopyAsync(process.StandardError));

        async Task CopyAsync(StreamReader reader)
        {
            while (await reader.ReadLineAsync() is string line)
            {
                byte[] bytes = System.Text.Encoding.UTF8.GetBytes(line + "\n");
                lock (log)
                {
                    log.Write(bytes);
                    log.Flush();
                }
            }
        }
    }
}
