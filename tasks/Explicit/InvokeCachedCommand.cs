using System.Diagnostics;
using System.Globalization;
using BuildCache.Commands;
using BuildCache.Configuration;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.MSBuild.Session;
using BuildCache.Volumes;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild;

/// <summary>
/// Runs a command line as <c>Exec</c> does, once for equal inputs; from then on its outputs are restored and what it wrote is logged again.
/// A problem with the cache is a warning and the command runs; a command that fails, or is declared wrong, is an error.
/// </summary>
public sealed class InvokeCachedCommand : CacheTask
{
    private bool _isDone;

    /// <summary>What the command is called, the most general part first.</summary>
    [Required]
    public string[] Key { get; set; } = [];

    /// <summary>The line for the shell: <c>/bin/sh -c</c>, on Windows <c>cmd /c</c>.</summary>
    [Required]
    public string Command { get; set; } = "";

    /// <summary>Where it runs. By default the folder of the project. It counts, relative to the workspace.</summary>
    public string? WorkingDirectory { get; set; }

    /// <summary>Files whose content counts.</summary>
    public ITaskItem[] Inputs { get; set; } = [];

    /// <summary>Globs, relative to the workspace root, whose files count.</summary>
    public string[] Globs { get; set; } = [];

    /// <summary>Names of environment variables whose values count.</summary>
    public string[] EnvironmentVariables { get; set; } = [];

    /// <summary>Other values that count, each as <c>name=value</c> or as a name with the metadata <c>Value</c>.</summary>
    public ITaskItem[] Values { get; set; } = [];

    /// <summary>Paths of sockets that count. Metadata: <c>Name</c>, a stable name in place of the path; <c>ServedBy</c>, a digest, or a file whose content counts.</summary>
    public ITaskItem[] Sockets { get; set; } = [];

    /// <summary>Names of pipes, or paths of FIFOs, that count, with the same metadata.</summary>
    public ITaskItem[] NamedPipes { get; set; } = [];

    /// <summary>Names of environment variables that hold secrets. Metadata: <c>Name</c>, a stable name in place of the value. A command that writes such a value is not saved.</summary>
    public ITaskItem[] SecretVariables { get; set; } = [];

    /// <summary>Whether the keys of the SSH agent count.</summary>
    public bool SshAgent { get; set; }

    /// <summary>Ids of volumes that the command uses. They are held while it runs, and found in BUILDCACHE_VOLUME_1 and so on; what is in them does not count.</summary>
    public string[] Volumes { get; set; } = [];

    /// <summary>What the command makes: files, folders or globs. Existing ones are moved aside, and come back if the command fails.</summary>
    public ITaskItem[] Outputs { get; set; } = [];

    /// <summary>Whether a failure is kept and repeated too.</summary>
    public bool CacheFailure { get; set; }

    /// <summary>The exit code of the command.</summary>
    [Output]
    public int ExitCode { get; private set; } = -1;

    /// <summary>Whether it came from the cache.</summary>
    [Output]
    public bool Hit { get; private set; }

    private string Directory => string.IsNullOrEmpty(WorkingDirectory) ? System.IO.Directory.GetCurrentDirectory() : Path.GetFullPath(WorkingDirectory);

    private protected override void Run(Workspace workspace, CacheSettings settings, HashMemory memory)
    {
        Guard(() => Run(workspace, settings, memory, CommandLine.OfShell(Command)), IsWrong);
    }

    private protected override void RunWithoutCache()
    {
        if (!_isDone)
        {
            Guard(() =>
            {
                Execute(CommandLine.OfShell(Command), run: null, recorder: null);
                Conclude();
            }, _ => true);
        }
    }

    private void Guard(Action action, Func<ErrorId, bool> isError)
    {
        try
        {
            action();
        }
        catch (BuildCacheException error) when (isError(error.Id))
        {
            // Nothing ran, and nothing else would come of it the next time.
            _isDone = true;
            Log.LogError(null, error.Id.Code, null, null, 0, 0, 0, 0, "{0}", "BuildCache: " + error.Message);
        }
        catch (OperationCanceledException) when (Stop.IsCancellationRequested)
        {
            _isDone = true;
            Log.LogError("{0}", $"The command \"{Command}\" was cancelled.");
        }
    }

    private void Run(Workspace workspace, CacheSettings settings, HashMemory memory, CommandLine line)
    {
        var request = new CommandRequest(
            workspace.Root, Key, [settings.Scope], line.AddTo(DeclaredInputs(workspace, memory), workspace.Root, Directory),
            [.. Outputs.Select(output => Path.GetFullPath(output.ItemSpec))], BuildSession.Creator)
        {
            KeepsFailures = CacheFailure,
            Waiting = Say,
            Secrets = [.. SecretVariables.Select(variable => Environment.GetEnvironmentVariable(variable.ItemSpec)).OfType<string>()],
        };
        var cache = new CommandCache(Open(settings, memory), settings.Mode, memory);
        using CommandRun run = Wait(cache.BeginAsync(request, Stop));
        Tell(run);
        if (run.Recording is { } recording)
        {
            _isDone = Hit = true;
            Log.LogMessage(MessageImportance.Low, "{0}", $"BuildCache: {run.Entry!.Key} comes from the cache.");
            ExitCode = recording.ExitCode ?? 0;
            foreach (RecordedItem item in recording.Items)
            {
                Write(item);
            }
        }
        else
        {
            Log.LogMessage(MessageImportance.Normal, "{0}", $"BuildCache: {string.Join(" / ", Key)} runs: {run.Reason}.");
            var recorder = new CommandRecorder();
            long start = Stopwatch.GetTimestamp();
            bool isComplete = Execute(line, run, recorder);
            Wait(run.CompleteAsync(recorder.Finish(ExitCode, isComplete), ExitCode == 0 && !Log.HasLoggedErrors, Stopwatch.GetElapsedTime(start), Stop));
            Tell(run);
        }

        Conclude();
    }

    private CommandInputs DeclaredInputs(Workspace workspace, HashMemory memory)
    {
        var others = new FingerprintBuilder(workspace.Root, new FileHasher());
        foreach (ITaskItem value in Values)
        {
            int equals = value.ItemSpec.IndexOf('=', StringComparison.Ordinal);
            _ = value.MetadataNames.Cast<string>().Contains("Value") ? others.AddValue(value.ItemSpec, value.GetMetadata("Value"))
                : equals > 0 ? others.AddValue(value.ItemSpec[..equals], value.ItemSpec[(equals + 1)..])
                : throw new BuildCacheException(ErrorId.InvalidCommand, $"'{value.ItemSpec}' in Values has no value. Write 'name=value', or give the item the metadata Value.");
        }

        new ResourceInputs(Sockets, NamedPipes, SecretVariables, SshAgent).AddTo(others, new FileHasher(memory));
        foreach (string volume in Volumes)
        {
            others.Add(CommandVolumes.InputOf(VolumeId.Parse(volume)));
        }

        foreach (BuildCacheException notice in others.Notices)
        {
            Warn(notice);
        }

        return new CommandInputs
        {
            Files = [.. Inputs.Select(file => Path.GetFullPath(file.ItemSpec))],
            Globs = Globs,
            EnvironmentVariables = EnvironmentVariables,
            Others = others.Build().Inputs,
        };
    }

    // Whether all was read that it wrote.
    private bool Execute(CommandLine line, CommandRun? run, CommandRecorder? recorder)
    {
        var volumes = new CacheVolumes();
        // One that GetCacheVolume holds until the end of the build is held already.
        using VolumeHold? hold = Volumes.Length == 0 ? null : CommandVolumes.HoldAsync(
            volumes, [.. Volumes.Select(VolumeId.Parse).Select(identity => BuildVolume.Find(BuildEngine4, identity) ?? volumes.Get(identity, cancellationToken: Stop))], [], Say, cancellationToken: Stop).GetAwaiter().GetResult();
        using CommandProcess process = CommandProcess.Start(line, Directory, run, hold, Stop);
        _isDone = true;
        foreach (RecordedItem item in process.ReadLinesAsync(CancellationToken.None).ToBlockingEnumerable(CancellationToken.None))
        {
            recorder?.Add(item);
            Write(item);
        }

        Stop.ThrowIfCancellationRequested();
        ExitCode = process.ExitCode;
        return process.IsComplete;
    }

    private void Say(string waiting) => Log.LogMessage(MessageImportance.High, "{0}", "BuildCache: " + waiting);

    // As Exec does: a line that has the form of an error or a warning is one.
    private void Write(RecordedItem item) => Log.LogMessageFromText(item.Line ?? "", MessageImportance.High);

    private void Conclude()
    {
        if (ExitCode != 0)
        {
            Log.LogError("{0}", string.Create(CultureInfo.InvariantCulture, $"The command \"{Command}\" exited with code {ExitCode}."));
        }
    }

    private void Tell(CommandRun run)
    {
        foreach (BuildCacheException problem in run.TakeProblems())
        {
            Warn(problem);
        }
    }

    private static bool IsWrong(ErrorId id) =>
        id == ErrorId.InvalidCommand || id == ErrorId.PathOutsideWorkspace || id == ErrorId.InvalidGlob || id == ErrorId.InvalidCacheKey || id == ErrorId.InvalidVolumeId || id == ErrorId.OutputUnreadable || id == ErrorId.VolumeInUse;

    private static T Wait<T>(ValueTask<T> work) => work.IsCompletedSuccessfully ? work.Result : work.AsTask().GetAwaiter().GetResult();

    private static void Wait(ValueTask work) => work.AsTask().GetAwaiter().GetResult();
}
