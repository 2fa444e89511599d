using System.Management.Automation;
using BuildCache.Configuration;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Volumes;

namespace BuildCache.PowerShell;

/// <summary>Fills a volume that is still empty from what was exported to a store.</summary>
[Cmdlet(VerbsData.Import, "CacheVolume", SupportsShouldProcess = true)]
[OutputType(typeof(VolumeImport))]
public sealed class ImportCacheVolumeCommand : StoreCommand
{
    private IReadOnlyList<CacheScope>? _scopes;

    /// <summary>The volume, or its id.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    public VolumeArgument Volume { get; set; } = null!;

    /// <summary>The key to look for, in place of the volume's own: its parts, a key, or its id.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public object[]? Key { get; set; }

    /// <summary>What else may match, in this order: each a text, a key, or its id. Of each, the newest entry that it is a prefix of.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public object[]? RestoreKey { get; set; }

    /// <summary>The scopes to look in, in this order, in place of those of the keys.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Scope { get; set; }

    /// <summary>Replaces what the volume holds.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>A store that cannot be used is an error, not a miss with a warning.</summary>
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
    protected override void Open()
    {
        base.Open();
        _scopes = Scope?.Select(Workspace.ParseScope).ToList();
    }

    /// <inheritdoc/>
    protected override void Process()
    {
        TimeSpan? timeout = VolumeTimeout.Checked(Timeout);
        var volumes = new CacheVolumes();
        CacheVolume volume = Volume.Resolve(volumes);
        CacheKey key = Key is null ? volume.Key : VolumeKey.Read(Key, () => volume.Scope);
        List<CacheKey> restoreKeys = [.. (RestoreKey ?? []).Select(restoreKey => VolumeKey.Read(restoreKey, () => volume.Scope))];
        if (!ShouldProcess(volume.ToString(), $"Import {key}"))
        {
            return;
        }

        var import = new VolumeImport(VolumeImportOutcome.NoEntry, LookupMatch.None, null);
        if (Settings.Mode is not (CacheMode.ReadWrite or CacheMode.ReadOnly))
        {
            WriteVerbose($"The mode is {Settings.Mode}, so nothing is imported: {volume}");
        }
        else
        {
            try
            {
                import = Await(cancellation => new ValueTask<VolumeImport>(
                    new VolumeTransfer(volumes, Catalog).ImportAsync(volume, key, restoreKeys, _scopes, Force, timeout, cancellation)));
            }
            catch (BuildCacheException error) when (error.IsStoreFailure && !Strict)
            {
                WarnOnce(error, "Nothing was imported; the volume is as it was.");
            }
        }

        var output = PSObject.AsPSObject(import);
        output.Properties.Add(new PSNoteProperty(nameof(Volume), volume));
        WriteObject(output);
    }
}
