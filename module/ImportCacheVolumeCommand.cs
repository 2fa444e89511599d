using System.Management.Automation;
using BuildCache.Configuration;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Volumes;

namespace BuildCache.PowerShell;

/// <summary>Fills a volume that is still empty from what was exported to a store.</summary>
[Cmdlet(VerbsData.Import, "CacheVolume", SupportsShouldProcess = true)]
[OutputType(typeof(VolumeImport))]
public sealed class ImportCacheVolumeCommand : VolumeTransferCommand
{
    private IReadOnlyList<CacheScope>? _scopes;

    /// <summary>What else may match, in this order: each a text, a key, or its id. Of each, the newest entry that it is a prefix of.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public object[]? RestoreKey { get; set; }

    /// <summary>The scopes to look in, in this order, in place of those of the keys.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Scope { get; set; }

    /// <summary>Makes links that lead out of the volume. Only for a store whose writers are trusted.</summary>
    [Parameter]
    public SwitchParameter AllowOutsideLink { get; set; }

    /// <inheritdoc/>
    protected override void Open()
    {
        base.Open();
        _scopes = Scope?.Select(Workspace.ParseScope).ToList();
    }

    /// <inheritdoc/>
    protected override void Transfer(VolumeTransfer transfer, CacheVolume volume, CacheKey key, TimeSpan? timeout)
    {
        List<CacheKey> restoreKeys = [.. (RestoreKey ?? []).Select(restoreKey => VolumeKey.Read(restoreKey, () => volume.Scope))];
        if (!ShouldProcess(volume.ToString(), $"Import {key}"))
        {
            return;
        }

        var import = new VolumeImport(VolumeImportOutcome.NoEntry, LookupMatch.None, null);
        if (!Settings.Mode.Reads())
        {
            WriteVerbose($"The mode is {Settings.Mode}, so nothing is imported: {volume}");
        }
        else
        {
            try
            {
                import = Await(cancellation => new ValueTask<VolumeImport>(
                    transfer.ImportAsync(volume, key, restoreKeys, _scopes, Force, timeout, AllowOutsideLink, cancellation)));
            }
            catch (BuildCacheException error) when ((error.IsStoreFailure || error.Id == ErrorId.DestinationUnavailable) && !Strict)
            {
                WarnOnce(error, "Nothing was imported; the volume is as it was.");
            }
        }

        var output = PSObject.AsPSObject(import);
        output.Properties.Add(new PSNoteProperty(nameof(Volume), volume));
        WriteObject(output);
    }
}
