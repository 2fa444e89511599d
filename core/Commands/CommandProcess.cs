using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Threading.Channels;

namespace BuildCache.Commands;

/// <summary>A running command line. It has no input; what it writes comes line by line, as it arrives.</summary>
/// <remarks>Two pipes have no common clock: of lines that are written to both at once, either may come first.</remarks>
public sealed class CommandProcess : IDisposable
{
    // Lines that wait for whoever reads them; then the process waits.
    private const int MostWaiting = 1024;

    // What a process leaves running in the background keeps its pipes open; nobody waits for that.
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly Process _process;
    private readonly Channel<RecordedItem> _lines = Channel.CreateBounded<RecordedItem>(MostWaiting);
    private readonly CancellationTokenRegistration _registration;
    private long _lastLine;

    private CommandProcess(Process process, CancellationToken cancellationToken)
    {
        _process = process;
        _registration = cancellationToken.Register(Kill);
    }

    /// <summary>What it writes. There is no more when it has ended.</summary>
    public ChannelReader<RecordedItem> Lines => _lines.Reader;

    /// <summary>Its exit code, when <see cref="Lines"/> has come to its end.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Starts a command.</summary>
    /// <param name="line">The command.</param>
    /// <param name="directory">Where it runs.</param>
    /// <param name="run">The run that it is for.</param>
    /// <param name="environment">What its environment has besides that of this process.</param>
    /// <param name="cancellationToken">Kills it, with all that it has started.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidCommand"/>: it cannot be started.</exception>
    public static CommandProcess Start(
        CommandLine line, string directory, CommandRun? run = null, IReadOnlyDictionary<string, string>? environment = null, CancellationToken cancellationToken = default)
    {
        var start = new ProcessStartInfo(line.Program)
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = s_utf8,
            StandardErrorEncoding = s_utf8,
        };
        if (line.IsShell && OperatingSystem.IsWindows())
        {
            // cmd wants its line as it is, without the quoting that programs expect.
            start.Arguments = string.Join(' ', line.Arguments);
        }
        else
        {
            foreach (string argument in line.Arguments)
            {
                start.ArgumentList.Add(argument);
            }
        }

        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        if (run?.Flight is { } flight)
        {
            start.Environment[Commands.Flight.Variable] = Commands.Flight.Within(flight);
        }

        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            var command = new CommandProcess(Process.Start(start)!, cancellationToken);
            command._process.StandardInput.Close();
            _ = Task.Run(command.PumpAsync, CancellationToken.None);
            return command;
        }
        catch (Exception error) when (error is Win32Exception or IOException)
        {
            throw new BuildCacheException(ErrorId.InvalidCommand, $"'{line.Name}' cannot be started in '{directory}' ({error.Message}). Check that both are there and that this user may run the program.", error);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _registration.Dispose();
        Kill();
        _process.Dispose();
    }

    private async Task PumpAsync()
    {
        var output = Task.Run(() => PumpAsync(_process.StandardOutput, CommandChannel.Output));
        var errors = Task.Run(() => PumpAsync(_process.StandardError, CommandChannel.Error));
        var both = Task.WhenAll(output, errors);
        await _process.WaitForExitAsync();
        Interlocked.Exchange(ref _lastLine, Stopwatch.GetTimestamp());
        // What is in the pipes was written before and is taken out however long its reader takes; after it comes the end, or silence.
        while (!both.IsCompleted && (_lines.Reader.Count > 0 || Stopwatch.GetElapsedTime(Interlocked.Read(ref _lastLine)) < s_grace))
        {
            await Task.WhenAny(both, Task.Delay(s_pause));
        }

        _lines.Writer.TryComplete();
    }

    private async Task PumpAsync(StreamReader reader, CommandChannel channel)
    {
        try
        {
            while (await reader.ReadLineAsync() is { } line)
            {
                await _lines.Writer.WriteAsync(new RecordedItem(channel, line));
                Interlocked.Exchange(ref _lastLine, Stopwatch.GetTimestamp());
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or ChannelClosedException)
        {
            // It was killed, or left something running that writes on.
        }
    }

    private void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended.
        }
    }
}
