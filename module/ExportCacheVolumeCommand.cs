using System.Management.Automation;
using BuildCache.Configuration;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Volumes;

namespace BuildCache.PowerShell;

/// <summary>Saves what a volume holds in a store, as an ordinary entry.</summary>
[Cmdlet(VerbsData.Export, "CacheVolume", SupportsShouldProcess = true)]
[OutputType(typeof(CacheEntry))]
public sealed class ExportCacheVolumeCommand : VolumeTransferCommand
{
    /// <summary>Saves links that lead out of the volume. Import-CacheVolume has to allow them too.</summary>
    [Parameter]
    public SwitchParameter AllowOutsideLink { get; set; }

    /// <summary>Gives the entry that is there now.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Transfer(VolumeTransfer transfer, CacheVolume volume, CacheKey key, TimeSpan? timeout)
    {
        if (!Settings.Mode.Writes() || !Catalog.Store.AcceptsWrites)
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
                await transfer.ExportAsync(volume, key, MyInvocation.MyCommand.Name, Force, timeout, AllowOutsideLink, progress, cancellation));
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
