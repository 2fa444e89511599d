using System.Management.Automation;
using BuildCache.Configuration;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Volumes;

namespace BuildCache.PowerShell;

/// <summary>Saves what a volume holds in a store, as an ordinary entry.</summary>
[Cmdlet(VerbsData.Export, "CacheVolume", SupportsShouldProcess = true)]
[OutputType(typeof(CacheEntry))]
public sealed class ExportCacheVolumeCommand : StoreCommand
{
    /// <summary>The volume, or its id.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    public VolumeArgument Volume { get; set; } = null!;

    /// <summary>The key to save under, in place of the volume's own: its parts, a key, or its id.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public object[]? Key { get; set; }

    /// <summary>Replaces the entry that is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>A store that cannot be used is an error, not a warning.</summary>
    [Parameter]
    public SwitchParameter Strict { get; set; }

    /// <summary>Gives the entry that is there now.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>How long to wait for a volume that others hold. By default as long as it takes.</summary>
    [Parameter]
    public TimeSpan? Timeout { get; set; }

    /// <inheritdoc/>
    protected override object? Target => Volume;

    /// <inheritdoc/>
    protected override bool IsStrict => Strict;

    /// <inheritdoc/>
    protected override void Process()
    {
        TimeSpan? timeout = VolumeTimeout.Checked(Timeout);
        var volumes = new CacheVolumes();
        CacheVolume volume = Volume.Resolve(volumes);
        CacheKey key = Key is null ? volume.Key : VolumeKey.Read(Key, () => volume.Scope);
        if (Settings.Mode is not (CacheMode.ReadWrite or CacheMode.WriteOnly) || !Catalog.Store.AcceptsWrites)
        {
            WriteVerbose($"The mode is {Settings.Mode} or no store may be written, so nothing is exported: {volume}");
            return;
        }

        if (!ShouldProcess(volume.ToString(), $"Export as {key}"))
        {
            return;
        }

        try
        {
            SaveResult result = Await($"Exporting {volume}", async (progress, cancellation) =>
                await new VolumeTransfer(volumes, Catalog).ExportAsync(volume, key, MyInvocation.MyCommand.Name, Force, timeout, progress, cancellation));
            WriteVerbose(result.Saved ? $"Exported {ContentOf(result.Entry)}: {volume}" : $"A good entry is there and stays; -Force replaces it: {result.Entry.Key}");
            if (PassThru)
            {
                WriteObject(result.Entry);
            }
        }
        catch (BuildCacheException error) when (error.IsStoreFailure && !Strict)
        {
            WarnOnce(error, "Nothing was exported.");
        }
    }
}
