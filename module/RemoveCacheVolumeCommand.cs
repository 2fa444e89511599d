using System.Management.Automation;
using BuildCache.Volumes;

namespace BuildCache.PowerShell;

/// <summary>Removes volumes with all they hold.</summary>
[Cmdlet(VerbsCommon.Remove, "CacheVolume", SupportsShouldProcess = true)]
public sealed class RemoveCacheVolumeCommand : VolumeCommand
{
    /// <summary>The volume, or its id.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    public VolumeArgument Volume { get; set; } = null!;

    /// <inheritdoc/>
    protected override object? Target => Volume;

    /// <inheritdoc/>
    protected override void Process()
    {
        CacheVolume volume = Volume.Resolve(Volumes);
        if (ShouldProcess(volume.ToString(), "Remove cache volume") && !Volumes.Remove(volume))
        {
            throw new BuildCacheException(ErrorId.VolumeNotFound, $"The volume {volume} is not there any more. Get-CacheVolume lists those there are.");
        }
    }
}
