using System.Management.Automation;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Stores;

namespace BuildCache.PowerShell;

/// <summary>Removes entries from a store.</summary>
[Cmdlet(VerbsCommon.Remove, "CacheEntry", DefaultParameterSetName = ByKey, SupportsShouldProcess = true)]
public sealed class RemoveCacheEntryCommand : StoreCommand
{
    private const string ByKey = "Key";
    private const string ByEntry = "Entry";
    private const string BySigner = "SignedBy";
    private const string ByCreator = "Creator";

    private IReadOnlyList<CacheScope>? _scopes;

    /// <summary>The key of the entry, or its id. It is no prefix: only the entry of exactly this key goes.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByKey, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public KeyArgument Key { get; set; } = null!;

    /// <summary>The entry, as Get-CacheEntry gives it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByEntry, ValueFromPipeline = true)]
    public CacheEntry Entry { get; set; } = null!;

    /// <summary>All entries that these keys have signed, by name or id.</summary>
    [Parameter(Mandatory = true, ParameterSetName = BySigner)]
    [ValidateNotNullOrEmpty]
    public string[]? SignedBy { get; set; }

    /// <summary>All entries that say that they were saved by these.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByCreator)]
    [Parameter(ParameterSetName = BySigner)]
    [ValidateNotNullOrEmpty]
    public string[]? Creator { get; set; }

    /// <summary>Only entries that this key matches as a restore key.</summary>
    [Parameter(ParameterSetName = ByCreator)]
    [Parameter(ParameterSetName = BySigner)]
    [ValidateNotNull]
    public KeyArgument? RestoreKey { get; set; }

    /// <summary>Only entries of these scopes.</summary>
    [Parameter(ParameterSetName = ByCreator)]
    [Parameter(ParameterSetName = BySigner)]
    [ValidateNotNullOrEmpty]
    public string[]? Scope { get; set; }

    /// <inheritdoc/>
    protected override object? Target => ParameterSetName switch
    {
        ByEntry => Entry,
        ByKey => Key,
        _ => null,
    };

    /// <inheritdoc/>
    protected override void Open()
    {
        base.Open();
        _scopes = Scope?.Select(Workspace.ParseScope).ToList();
    }

    /// <inheritdoc/>
    protected override void Process()
    {
        if (ParameterSetName is BySigner or ByCreator)
        {
            foreach (StoreTier tier in Catalog.Store.Tiers)
            {
                Guard(() => RemoveMatches(tier));
            }

            return;
        }

        CacheKey key = ParameterSetName == ByEntry ? Entry.Key : Key.Resolve();
        if (ShouldProcess(key.ToString(), "Remove cache entry") && !Await(cancellation => Catalog.RemoveAsync(key, cancellation)))
        {
            throw new BuildCacheException(ErrorId.EntryNotFound, $"There is no entry for the key {key}. Get-CacheEntry lists those there are.");
        }
    }

    // Each tier by itself: what is removed far away and stays near is still found.
    private void RemoveMatches(StoreTier tier)
    {
        var catalog = new EntryCatalog(tier.Store);
        var filter = new EntryFilter(SignedBy, Creator);
        List<CacheEntry> matches = Await(cancellation => FindAsync(catalog, filter, cancellation));
        if (tier.IsReadOnly && matches.Count > 0)
        {
            Report(new BuildCacheException(ErrorId.StoreAccessDenied,
                $"The store {tier.Store.Uri} is only read, and has {matches.Count:N0} of these entries. Take 'readonly' from its URI to remove them."), tier.Store.Uri);
            return;
        }

        foreach (CacheEntry entry in matches)
        {
            if (ShouldProcess($"{entry.Key} in {tier.Store.Uri} (signed by: {entry.SignedBy ?? "nobody"}, saved by: {entry.Creator})", "Remove cache entry")
                && !Await(cancellation => catalog.RemoveAsync(entry, cancellation)))
            {
                WriteWarning($"The entry {entry.Key} in {tier.Store.Uri} was not removed: it was replaced or removed meanwhile, or this store removes nothing by itself.");
            }
        }
    }

    private async ValueTask<List<CacheEntry>> FindAsync(EntryCatalog catalog, EntryFilter filter, CancellationToken cancellation)
    {
        CacheKey? given = RestoreKey?.Resolve();
        IEnumerable<CacheKey?> keys = given is null || _scopes is null ? [given] : _scopes.Select(scope => (CacheKey?)given.In(scope));
        List<CacheEntry> found = [];
        foreach (CacheKey? key in keys)
        {
            await foreach (CacheEntry entry in catalog.ListEverythingAsync(key, cancellation))
            {
                if (filter.Matches(entry) && (given is not null || (_scopes?.Contains(entry.Key.Scope) ?? true)))
                {
                    found.Add(entry);
                }
            }
        }

        return found;
    }
}
