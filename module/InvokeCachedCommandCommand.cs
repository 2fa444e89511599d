using System.Collections;
using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using BuildCache.Commands;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.Resources;
using BuildCache.Volumes;

namespace BuildCache.PowerShell;

/// <summary>Runs a script block or a program once for equal inputs; from then on what it made is restored and what it wrote is replayed.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "CachedCommand", DefaultParameterSetName = OfBlock, SupportsShouldProcess = true)]
[OutputType(typeof(PSObject))]
public sealed class InvokeCachedCommandCommand : StoreCommand
{
    private const string OfBlock = "ScriptBlock";
    private const string OfProgram = "Program";

    private const string BlockScript = "param($block, $arguments, $held, $write, $common) & $block @arguments *>&1 | & $write @common";
    private const string ItemsScript = "param($items, $write, $common) $items | & $write @common";

    // What the preferences say decides what a script writes, and how it goes on after an error.
    private static readonly string[] s_preferences =
        ["ErrorActionPreference", "WarningPreference", "VerbosePreference", "DebugPreference", "InformationPreference", "PSNativeCommandUseErrorActionPreference"];

    private readonly List<string> _files = [];
    private readonly CacheVolumes _volumes = new();
    private HashMemory? _memory;
    private string _directory = "";
    private bool _isDue;

    /// <summary>What the command is called, from the general to the special: the parts of its key before the inputs.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string[] Key { get; set; } = [];

    /// <summary>What to run. Its text is an input; variables from outside that it uses are not, unless -Value or -ArgumentList names them.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = OfBlock)]
    public ScriptBlock ScriptBlock { get; set; } = null!;

    /// <summary>The program to run: a name on the PATH, or a path. Its content is an input.</summary>
    [Parameter(Mandatory = true, ParameterSetName = OfProgram)]
    [ValidateNotNullOrEmpty]
    public string FilePath { get; set; } = "";

    /// <summary>What the script block or the program is called with, which is an input too.</summary>
    [Parameter]
    [ValidateNotNull]
    [AllowEmptyCollection]
    public object?[] ArgumentList { get; set; } = [];

    /// <summary>Files that the command depends on, by their content. Wildcards are resolved.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("FullName")]
    [AllowEmptyCollection]
    public string[] File { get; set; } = [];

    /// <summary>Globs relative to the workspace root; the command depends on what they match.</summary>
    [Parameter]
    [AllowEmptyCollection]
    public string[] Glob { get; set; } = [];

    /// <summary>Names of environment variables that the command depends on.</summary>
    [Parameter]
    [AllowEmptyCollection]
    public string[] EnvironmentVariable { get; set; } = [];

    /// <summary>Other values that the command depends on, by name.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable Value { get; set; } = [];

    /// <summary>Sockets, SSH agents, secrets and pipes that the command uses: what Get-CacheResourceId gives, or its text.</summary>
    [Parameter]
    [AllowEmptyCollection]
    public ResourceArgument[] Resource { get; set; } = [];

    /// <summary>Volumes that the command uses, or their ids. Which they are counts, what is in them does not. They are held while it runs: in a block, $_ is the volume, or the list of them; a program finds their paths in BUILDCACHE_VOLUME_1 and so on.</summary>
    [Parameter]
    [AllowEmptyCollection]
    public VolumeArgument[] Volume { get; set; } = [];

    /// <summary>What the command makes: files, directories or globs. Existing ones are moved aside, and come back if the command fails.</summary>
    [Parameter]
    [AllowEmptyCollection]
    public string[] Output { get; set; } = [];

    /// <summary>Whom the entry is shared with. Of several, all are looked in, in order, and the first is written.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Scope { get; set; }

    /// <summary>Keeps a failure too, and repeats it.</summary>
    [Parameter]
    public SwitchParameter CacheFailure { get; set; }

    /// <inheritdoc/>
    protected override object? Target => string.Join(' ', Key);

    /// <inheritdoc/>
    protected override HashMemory? Memory => _memory ??= Workspace.OpenHashMemory();

    /// <inheritdoc/>
    protected override void Open()
    {
        base.Open();
        _isDue = !MyInvocation.ExpectingInput;
        _directory = SessionState.Path.CurrentFileSystemLocation.ProviderPath;
    }

    /// <inheritdoc/>
    protected override void Process()
    {
        _isDue = true;
        _files.AddRange(File);
    }

    // A command that is declared wrong does not run, and what comes after it counts on it.
    /// <inheritdoc/>
    protected override void Complete()
    {
        if (!_isDue)
        {
            WriteWarning($"The command '{string.Join(' ', Key)}' did not run: nothing came through the pipeline, and without a file it would depend on none.");
        }
        else if (ShouldProcess(string.Join(' ', Key), "Run the command, or replay it"))
        {
            WarnOfVariables();
            Guard(Use, concernsAll: true);
        }
    }

    private void Use()
    {
        CommandLine? line = ParameterSetName == OfProgram ? CommandLine.OfProgram(FilePath, [.. ArgumentList.Select(argument => ValueInputs.TextOf("ArgumentList", argument) ?? "")], _directory) : null;
        ResourceId[] resources = [.. Resource.Select(resource => resource.Resolve())];
        CacheVolume[] volumes = [.. Volume.Select(volume => volume.Resolve(_volumes))];
        var request = new CommandRequest(
            Workspace.Root, Key, Scope is null ? [Settings.Scope] : [.. Scope.Select(Workspace.ParseScope)], Inputs(line, resources, volumes), [.. Output.Select(FullPath)], MyInvocation.MyCommand.Name)
        {
            KeepsFailures = CacheFailure,
            WritesObjects = line is null,
            Secrets = [.. resources.Where(resource => resource.Kind == ResourceKind.Secret).Select(SecretValues.Find).OfType<string>()],
            Within = EnclosingCommands.Names,
            Waiting = TellWaiting,
        };
        var cache = new CommandCache(Catalog, Settings.Mode, Memory);
        using IDisposable? signals = line is null ? null : StopOnSignals();
        using CommandRun run = AwaitTelling(cancellation => cache.BeginAsync(request, cancellation));
        _memory!.Save();
        Tell(run);
        if (run.Recording is { } recording)
        {
            WriteVerbose($"Hit: {run.Entry!.Key}");
            Replay(recording.Items);
            SetExitCode(recording.ExitCode);
            return;
        }

        WriteVerbose($"Miss: {string.Join(" / ", Key)}: {run.Reason}.");
        var recorder = new CommandRecorder();
        long start = Stopwatch.GetTimestamp();
        using VolumeHold? hold = volumes.Length == 0 ? null : AwaitTelling(cancellation => new ValueTask<VolumeHold>(CommandVolumes.HoldAsync(_volumes, volumes, request.Within, request.Waiting, cancellationToken: cancellation)));
        (int? exitCode, bool isComplete) = line is null ? (RunBlock(run, hold, recorder), true) : RunProgram(line, run, hold, recorder);
        hold?.Dispose();
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        Await(async cancellation =>
        {
            await run.CompleteAsync(recorder.Finish(exitCode, isComplete), exitCode is null or 0, took, cancellation);
            return true;
        });
        _memory.Save();
        Tell(run);
        SetExitCode(exitCode);
    }

    private void WarnOfVariables()
    {
        // What -Value names the user has thought of.
        string[] free = ParameterSetName == OfProgram ? []
            : [.. FreeVariables.Of(ScriptBlock.Ast).Where(name => !Value.Keys.Cast<object>().Any(key => name.Equals(key.ToString(), StringComparison.OrdinalIgnoreCase))).Select(name => $"${name}")];
        if (free.Length > 0)
        {
            WriteWarning($"The block reads {string.Join(", ", free)} from outside. A change of {(free.Length == 1 ? "it" : "them")} does not run it again: hand over what counts with -ArgumentList, or name it with -Value, as in @{{ {free[0][1..]} = {free[0]} }}.");
        }
    }

    private CommandInputs Inputs(CommandLine? line, ResourceId[] resources, CacheVolume[] volumes)
    {
        var values = new FingerprintBuilder(Workspace.Root, new FileHasher());
        ValueInputs.AddTo(values, Value);
        foreach (ResourceId resource in resources)
        {
            values.AddResource(resource);
        }

        foreach (CacheVolume volume in volumes)
        {
            values.Add(CommandVolumes.InputOf(volume.Identity));
        }

        var inputs = new CommandInputs { Files = [.. _files.SelectMany(ExistingPaths)], Globs = Glob, EnvironmentVariables = EnvironmentVariable };
        if (line is not null)
        {
            for (int i = 0; i < line.Arguments.Count; i++)
            {
                WarnOf(SecretLike.WarningFor("command", $"argument {i + 1}", line.Arguments[i]));
            }

            WarnOf(values);
            return line.AddTo(inputs with { Others = values.Build().Inputs }, Workspace.Root, _directory);
        }

        values.Add(CommandLine.DirectoryInput(Workspace.Root, _directory));
        values.Add(new FingerprintInput("command", "script block", FingerprintBuilder.OfValue(ScriptBlock.ToString())));
        values.Add(new FingerprintInput("tool", "PowerShell", FingerprintBuilder.OfValue(Host.Version.ToString())));
        foreach (string preference in s_preferences)
        {
            values.Add(new FingerprintInput("preference", preference, FingerprintBuilder.OfValue(GetVariableValue(preference)?.ToString())));
        }

        for (int i = 0; i < ArgumentList.Length; i++)
        {
            ValueInputs.Add(values, "command", string.Create(CultureInfo.InvariantCulture, $"argument {i + 1}"), ArgumentList[i]);
        }

        WarnOf(values);
        return inputs with { Others = values.Build().Inputs };
    }

    private void WarnOf(FingerprintBuilder values)
    {
        foreach (BuildCacheException notice in values.Notices)
        {
            WarnOf(notice);
        }
    }

    private void WarnOf(BuildCacheException? notice)
    {
        if (notice is not null)
        {
            WarnOnce(notice);
        }
    }

    private int? RunBlock(CommandRun run, VolumeHold? hold, CommandRecorder recorder)
    {
        using IDisposable enclosing = EnclosingCommands.Enter(run.NamesFor(hold));
        using IDisposable telling = run.TellChildren(hold);
        object? before = GetVariableValue("global:LASTEXITCODE");
        SetExitCodeVariable(null);
        try
        {
            object? held = hold?.Volumes is [var only] ? only : hold?.Volumes.ToArray();
            // What is in $_ goes down to the block, as every variable does.
            Play(held is null ? BlockScript : BlockScript.Replace("& $block", "$_ = $held; & $block", StringComparison.Ordinal), recorder, run, ScriptBlock, ArgumentList, held);
            return GetVariableValue("global:LASTEXITCODE") as int?;
        }
        finally
        {
            if (GetVariableValue("global:LASTEXITCODE") is null)
            {
                SetExitCodeVariable(before);
            }
        }
    }

    private (int? ExitCode, bool IsComplete) RunProgram(CommandLine line, CommandRun run, VolumeHold? hold, CommandRecorder recorder)
    {
        using CommandProcess process = Await(cancellation => new ValueTask<CommandProcess>(CommandProcess.Start(
            line, _directory, run, hold, Cancellation)));
        Play(ItemsScript, recorder, run, process.ReadLinesAsync(Cancellation).ToBlockingEnumerable(Cancellation));
        return (process.ExitCode, process.IsComplete);
    }

    private void Replay(IReadOnlyList<RecordedItem> items) => Play(ItemsScript, null, null, items);

    // All that is written goes through one cmdlet, when the command runs and when it is replayed, so that nobody can tell which it was.
    private void Play(string script, CommandRecorder? recorder, CommandRun? run, params object?[] arguments)
    {
        var common = new Hashtable
        {
            [nameof(WriteRecordedItemCommand.Recorder)] = recorder,
            [nameof(WriteRecordedItemCommand.Run)] = run,
            [nameof(WriteRecordedItemCommand.Caller)] = this,
            // What was written was to be seen then; the preferences of that time, which count as inputs, are the preferences of now.
            ["WarningAction"] = ActionPreference.Continue,
            ["Verbose"] = true,
            ["Debug"] = true,
        };
        foreach (string name in (string[])["WarningAction", "InformationAction"])
        {
            if (MyInvocation.BoundParameters.TryGetValue(name, out object? given))
            {
                common[name] = given;
            }
        }

        var write = new CmdletInfo(WriteRecordedItemCommand.Name, typeof(WriteRecordedItemCommand));
        InvokeCommand.InvokeScript(script, useNewScope: true, PipelineResultTypes.Output | PipelineResultTypes.Error,
            null, [.. arguments, write, common]);
    }

    /// <summary>Writes an error that did not end the command when it was written first, so that it does not do so now; unless -ErrorAction says it.</summary>
    /// <param name="error">The error.</param>
    /// <param name="isLine">Whether it is a line that a program wrote, which ends no script.</param>
    internal void WriteRecordedError(ErrorRecord error, bool isLine)
    {
        if (MyInvocation.BoundParameters.TryGetValue("ErrorAction", out object? given))
        {
            if (isLine && given is ActionPreference.Stop)
            {
                Host.UI.WriteErrorLine(error.Exception.Message);
            }
            else
            {
                WriteError(error);
            }

            return;
        }

        // A cmdlet has no other way to write an error than by the caller's preference.
        const string Preference = "ErrorActionPreference";
        PSVariable variable = SessionState.PSVariable.Get(Preference);
        object before = variable.Value;
        try
        {
            if (before is ActionPreference.Stop or nameof(ActionPreference.Stop))
            {
                variable.Value = ActionPreference.Continue;
            }

            WriteError(error);
        }
        finally
        {
            variable.Value = before;
        }
    }

    private void Tell(CommandRun run)
    {
        foreach (BuildCacheException problem in run.TakeProblems())
        {
            WarnOnce(problem);
        }
    }

    private void SetExitCode(int? exitCode)
    {
        if (exitCode is not null)
        {
            SetExitCodeVariable(exitCode);
        }
    }

    private void SetExitCodeVariable(object? value) => SessionState.PSVariable.Set("global:LASTEXITCODE", value);
}
