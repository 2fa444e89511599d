using System.Management.Automation;
using BuildCache.Volumes;

namespace BuildCache.PowerShell;

/// <summary>Puts a volume where a tool expects it.</summary>
[Cmdlet(VerbsData.Mount, "CacheVolume", DefaultParameterSetName = ByVolume, SupportsShouldProcess = true)]
[OutputType(typeof(VolumeMount))]
public sealed class MountCacheVolumeCommand : VolumeKeyCommand
{
    private const string ByVolume = "Volume";

    /// <summary>The volume, or its id.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByVolume, ValueFromPipeline = true)]
    [ValidateNotNull]
    public VolumeArgument Volume { get; set; } = null!;

    /// <summary>The parts of the key, from the most general to the most special; or a key, or its id.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByKey)]
    [Parameter(Mandatory = true, ParameterSetName = ByParent)]
    [ValidateNotNull]
    public override object[] Key { get; set; } = [];

    /// <summary>Where to put it.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Moves what stands there aside; Dismount-CacheVolume puts it back.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>How long to wait for a volume that others hold. By default as long as it takes.</summary>
    [Parameter]
    public TimeSpan? Timeout { get; set; }

    /// <inheritdoc/>
    protected override object? Target => Path;

    /// <inheritdoc/>
    protected override void Process()
    {
        string path = FullPath(Path);
        TimeSpan? timeout = VolumeTimeout.Checked(Timeout);
        if (ShouldProcess(path, $"Mount the volume {(ParameterSetName == ByVolume ? Volume : string.Join(" / ", Key))}"))
        {
            CacheVolume volume = ParameterSetName == ByVolume ? Volume.Resolve(Volumes) : VolumeOfKey();
            WriteObject(Await(cancellation => new ValueTask<VolumeMount>(Volumes.MountAsync(volume, path, Force, timeout, cancellation))));
        }
    }
}
