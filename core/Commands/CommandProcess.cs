using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using BuildCache.Trust;
using BuildCache.Volumes;

namespace BuildCache.Commands;

/// <summary>A running command line. It has no input; what it writes comes line by line, as it arrives.</summary>
/// <remarks>Two pipes have no common clock: of lines that are written to both at once, either may come first.</remarks>
public sealed class CommandProcess : IDisposable
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly Process _process;
    private readonly ProcessOutput _output;
    private readonly CancellationTokenRegistration _registration;

    private CommandProcess(Process process, CancellationToken cancellationToken)
    {
        _process = process;
        _output = new ProcessOutput(process.StandardOutput, process.StandardError, process.WaitForExitAsync(CancellationToken.None), Kill);
        _registration = cancellationToken.Register(Kill);
    }

    /// <summary>Its exit code, when <see cref="ReadLinesAsync"/> has come to its end.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.OutputUnreadable"/>: what it writes could not be read, so it was ended.</exception>
    public int ExitCode => _output.Failure is { } failure ? throw failure : _process.ExitCode;

    /// <summary>Whether all that it wrote was read. It was not where it left something running that kept its output open.</summary>
    public bool IsComplete => _output.IsComplete;

    /// <summary>What it writes, once. There is no more when it has ended; a line of more than 1,048,576 characters comes in pieces.</summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    public IAsyncEnumerable<RecordedItem> ReadLinesAsync(CancellationToken cancellationToken = default) => _output.ReadLinesAsync(cancellationToken);

    /// <summary>Starts a command.</summary>
    /// <param name="line">The command.</param>
    /// <param name="directory">Where it runs.</param>
    /// <param name="run">The run that it is for.</param>
    /// <param name="hold">The volumes that are held for it, which it finds in its environment.</param>
    /// <param name="cancellationToken">Kills it, with all that it has started.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidCommand"/>: it cannot be started.</exception>
    public static CommandProcess Start(
        CommandLine line, string directory, CommandRun? run = null, VolumeHold? hold = null, CancellationToken cancellationToken = default)
    {
        ProcessStartInfo start = ProgramPath.StartOf(line.Program);
        start.WorkingDirectory = directory;
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.StandardOutputEncoding = start.StandardErrorEncoding = s_utf8;
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

        foreach ((string name, string value) in CommandVolumes.EnvironmentOf(hold))
        {
            start.Environment[name] = value;
        }

        if ((run?.NamesFor(hold) ?? CommandVolumes.NamesOf(hold)) is { Count: > 0 } names)
        {
            start.Environment[Nesting.Variable] = Nesting.With(names);
        }

        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            using IDisposable? loan = run?.LendLock();
            var command = new CommandProcess(Process.Start(start)!, cancellationToken);
            command._process.StandardInput.Close();
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
