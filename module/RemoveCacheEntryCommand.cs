using System.Management.Automation;
using BuildCache.Entries;
using BuildCache.Keys;

namespace BuildCache.PowerShell;

/// <summary>Removes entries from a store.</summary>
[Cmdlet(VerbsCommon.Remove, "CacheEntry", DefaultParameterSetName = ByKey, SupportsShouldProcess = true)]
public sealed class RemoveCacheEntryCommand : StoreCommand
{
    private const string ByKey = "Key";
    private const string ByEntry = "Entry";

    /// <summary>The key of the entry, or its id. It is no prefix: only the entry of exactly this key goes.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByKey, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public KeyArgument Key { get; set; } = null!;

    /// <summary>The entry, as Get-CacheEntry gives it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByEntry, ValueFromPipeline = true)]
    public CacheEntry Entry { get; set; } = null!;

    /// <inheritdoc/>
    protected override object? Target => ParameterSetName == ByEntry ? Entry : Key;

    /// <inheritdoc/>
    protected override void Process()
    {
        CacheKey key = ParameterSetName == ByEntry ? Entry.Key : Key.Resolve();
        if (ShouldProcess(key.ToString(), "Remove cache entry") && !Await(cancellation => Catalog.RemoveAsync(key, cancellation)))
        {
            throw new BuildCacheException(ErrorId.EntryNotFound, $"There is no entry for the key {key}. Get-CacheEntry lists those there are.");
        }
    }
}
