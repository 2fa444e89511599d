using System.Management.Automation;
using System.Management.Automation.Runspaces;
using BuildCache.Commands;
using BuildCache.Volumes;

namespace BuildCache.PowerShell;

/// <summary>Holds volumes for as long as a script block runs.</summary>
[Cmdlet(VerbsOther.Use, "CacheVolume")]
public sealed class UseCacheVolumeCommand : VolumeCommand
{
    // Runs the block in its caller's scope, and passes on what it writes, errors too, as it comes.
    private const string Run = "ForEach-Object -InputObject $args[0] -Process $args[1]";

    private readonly List<VolumeArgument> _volumes = [];
    private VolumeHold? _hold;

    /// <summary>The volumes, or their ids.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public VolumeArgument[] Volume { get; set; } = [];

    /// <summary>What to do meanwhile. In it, $_ is the volume, or the list of them, each with its Path.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNull]
    public ScriptBlock ScriptBlock { get; set; } = null!;

    /// <summary>How long to wait for volumes that others hold. By default as long as it takes.</summary>
    [Parameter]
    public TimeSpan? Timeout { get; set; }

    /// <inheritdoc/>
    protected override object? Target => _volumes.Count == 1 ? _volumes[0] : _volumes;

    /// <inheritdoc/>
    protected override void Process() => _volumes.AddRange(Volume);

    /// <inheritdoc/>
    protected override void Complete()
    {
        TimeSpan? timeout = VolumeTimeout.Checked(Timeout);
        // One that cannot be had ends the command: the block is written for all of them.
        Guard(() =>
        {
            List<CacheVolume> volumes = [.. _volumes.Select(volume => volume.Resolve(Volumes))];
            // Known to this thread alone.
            IReadOnlyCollection<string> within = EnclosingCommands.Names;
            _hold = AwaitTelling(cancellation => new ValueTask<VolumeHold>(CommandVolumes.HoldAsync(Volumes, volumes, within, TellWaiting, timeout, cancellation)));
        }, concernsAll: true);
        using VolumeHold hold = _hold!;
        using IDisposable enclosing = EnclosingCommands.Enter(CommandVolumes.NamesOf(hold));
        using IDisposable telling = CommandVolumes.TellChildren(hold);
        object held = hold.Volumes is [var only] ? only : hold.Volumes.ToArray();
        InvokeCommand.InvokeScript(Run, useNewScope: false, PipelineResultTypes.Output | PipelineResultTypes.Error, null, [held, ScriptBlock]);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            // Whatever ended the command.
            _hold?.Dispose();
        }

        base.Dispose(disposing);
    }
}
