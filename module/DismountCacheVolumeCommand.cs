using System.Management.Automation;

namespace BuildCache.PowerShell;

/// <summary>Takes a volume from where it is mounted, and puts back what stood there.</summary>
[Cmdlet(VerbsData.Dismount, "CacheVolume", SupportsShouldProcess = true)]
public sealed class DismountCacheVolumeCommand : VolumeCommand
{
    private string? _current;

    /// <summary>Where it is mounted.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("MountPoint")]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <inheritdoc/>
    protected override object? Target => _current;

    /// <inheritdoc/>
    protected override void Process()
    {
        foreach (string path in Path)
        {
            _current = path;
            Guard(() =>
            {
                string full = FullPath(path);
                if (ShouldProcess(full, "Dismount the volume"))
                {
                    Volumes.Dismount(full);
                }
            });
        }
    }
}
