using System.Management.Automation;
using BuildCache.Pruning;
using BuildCache.Volumes;

namespace BuildCache.PowerShell;

/// <summary>Removes old and superfluous volumes.</summary>
[Cmdlet(VerbsCommon.Optimize, "CacheVolume", SupportsShouldProcess = true)]
[OutputType(typeof(VolumePruneResult))]
public sealed class OptimizeCacheVolumeCommand : VolumeCommand
{
    private PrunePolicy _policy = new();

    /// <summary>Volumes that were not used for longer go.</summary>
    [Parameter]
    public TimeSpan? MaximumAge { get; set; }

    /// <summary>Volumes that were used within it stay, whatever the limits; without any limit, all others go.</summary>
    [Parameter]
    public TimeSpan? KeepDuration { get; set; }

    /// <summary>Over this size the least recently used go until the rest fits, for example 10GB, or 10% of the disk.</summary>
    [Parameter, Alias("MaximumSize")]
    public string? MaximumUsed { get; set; }

    /// <summary>What the volumes may take in any case.</summary>
    [Parameter]
    public string? Reserved { get; set; }

    /// <summary>What is to stay free on the disk of the volumes.</summary>
    [Parameter]
    public string? MinimumFree { get; set; }

    /// <summary>How far to go down once a limit is passed.</summary>
    [Parameter, Alias("Target")]
    public string? TargetUsed { get; set; }

    /// <inheritdoc/>
    protected override object? Target => Volumes?.Root;

    /// <inheritdoc/>
    protected override void Open()
    {
        base.Open();
        _policy = PrunePolicyArguments.Parse(MaximumAge, KeepDuration, MaximumUsed, Reserved, MinimumFree, TargetUsed);
    }

    /// <inheritdoc/>
    protected override void Process()
    {
        var pruner = new VolumePruner(Volumes);
        VolumePruneResult plan = Await(cancellation => ValueTask.FromResult(pruner.Plan(_policy, cancellation)));
        var approved = new HashSet<(string Id, int? Copy)>();
        bool isWhatIf = false;
        foreach (PrunedVolume planned in plan.Removed)
        {
            string action = $"Remove {(planned.Copy is null ? "the volume" : $"copy {planned.Copy} of the volume")} {planned.Volume} ({ByteSize.Format(planned.Bytes)}): {planned.Reason}";
            if (ShouldProcess(action, $"{action}?", "Optimize cache volumes", out ShouldProcessReason reason))
            {
                approved.Add((planned.Volume.Id, planned.Copy));
            }

            isWhatIf |= reason == ShouldProcessReason.WhatIf;
        }

        WriteObject(isWhatIf ? plan : Await(cancellation => ValueTask.FromResult(pruner.Prune(_policy, removed => approved.Contains((removed.Volume.Id, removed.Copy)), cancellation))));
    }
}
