using System.Management.Automation;
using BuildCache.Keys;
using BuildCache.Volumes;

namespace BuildCache.PowerShell;

/// <summary>What the cmdlets share that carry a volume to a store or from one.</summary>
public abstract class VolumeTransferCommand : StoreCommand
{
    /// <summary>The volume, or its id.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    public VolumeArgument Volume { get; set; } = null!;

    /// <summary>The key in the store, in place of the volume's own: its parts, a key, or its id.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public object[]? Key { get; set; }

    /// <summary>Replaces what is there: the entry by an export, what the volume holds by an import.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>A store that cannot be used is an error, not a warning.</summary>
    [Parameter]
    public SwitchParameter Strict { get; set; }

    /// <summary>How long to wait for a volume that others hold. By default as long as it takes.</summary>
    [Parameter]
    public TimeSpan? Timeout { get; set; }

    /// <inheritdoc/>
    protected override object? Target => Volume;

    /// <inheritdoc/>
    protected override bool IsStrict => Strict;

    /// <inheritdoc/>
    protected sealed override void Process()
    {
        TimeSpan? timeout = VolumeTimeout.Checked(Timeout);
        var volumes = new CacheVolumes();
        CacheVolume volume = Volume.Resolve(volumes);
        CacheKey key = Key is null ? volume.Key : VolumeKey.Read(Key, () => volume.Scope);
        Transfer(new VolumeTransfer(volumes, Catalog), volume, key, timeout);
    }

    /// <summary>Carries the volume.</summary>
    protected abstract void Transfer(VolumeTransfer transfer, CacheVolume volume, CacheKey key, TimeSpan? timeout);
}
