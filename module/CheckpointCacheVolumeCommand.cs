using System.Management.Automation;
using BuildCache.Volumes;

namespace BuildCache.PowerShell;

/// <summary>Copies the state of a volume to an ordinary directory.</summary>
[Cmdlet(VerbsData.Checkpoint, "CacheVolume", SupportsShouldProcess = true)]
[OutputType(typeof(DirectoryInfo))]
public sealed class CheckpointCacheVolumeCommand : VolumeCommand
{
    /// <summary>The volume, or its id.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    public VolumeArgument Volume { get; set; } = null!;

    /// <summary>The directory to make.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>How long to wait for a volume that others hold. By default as long as it takes.</summary>
    [Parameter]
    public TimeSpan? Timeout { get; set; }

    /// <inheritdoc/>
    protected override object? Target => Volume;

    /// <inheritdoc/>
    protected override void Process()
    {
        TimeSpan? timeout = VolumeTimeout.Checked(Timeout);
        CacheVolume volume = Volume.Resolve(Volumes);
        string path = FullPath(Path);
        if (ShouldProcess(path, $"Copy the volume {volume}"))
        {
            Await(async cancellation =>
            {
                await VolumeCheckpoint.MakeAsync(Volumes, volume, path, timeout, cancellation);
                return true;
            });
            WriteObject(new DirectoryInfo(path));
        }
    }
}
