using System.Management.Automation;
using BuildCache.Volumes;

namespace BuildCache.PowerShell;

/// <summary>What the cmdlets share that use volumes and no store.</summary>
public abstract class VolumeCommand : CacheCommand
{
    /// <summary>The volumes of the user.</summary>
    protected CacheVolumes Volumes { get; private set; } = null!;

    /// <inheritdoc/>
    protected override void Open()
    {
        base.Open();
        Volumes = new CacheVolumes();
    }
}
