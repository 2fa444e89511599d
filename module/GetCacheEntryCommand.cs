using System.Management.Automation;
using BuildCache.Entries;
using BuildCache.Keys;

namespace BuildCache.PowerShell;

/// <summary>Lists the entries of a store, the newest first.</summary>
[Cmdlet(VerbsCommon.Get, "CacheEntry")]
[OutputType(typeof(CacheEntry))]
public sealed class GetCacheEntryCommand : StoreCommand
{
    private IReadOnlyList<CacheScope>? _scopes;

    /// <summary>Only entries that this key, or the key of this id, matches as a restore key.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNull]
    public KeyArgument? Key { get; set; }

    /// <summary>Only entries of these scopes, in place of that of the key.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Scope { get; set; }

    /// <summary>Only entries that these keys have signed, by name or id.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? SignedBy { get; set; }

    /// <summary>Only entries that say that they were saved by these.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Creator { get; set; }

    /// <summary>Lists also what lookups take for absent, because signatures are required and it has none that counts.</summary>
    [Parameter]
    public SwitchParameter IncludeUntrusted { get; set; }

    /// <inheritdoc/>
    protected override object? Target => Key;

    /// <inheritdoc/>
    protected override void Open()
    {
        base.Open();
        _scopes = Scope?.Select(Workspace.ParseScope).ToList();
    }

    /// <inheritdoc/>
    protected override void Process() => WriteObject(List(Key?.Resolve()), enumerateCollection: true);

    private IEnumerable<CacheEntry> List(CacheKey? key) => key is null || _scopes is null
        ? All(key).Where(entry => _scopes?.Contains(entry.Key.Scope) ?? true)
        : _scopes.SelectMany(scope => All(key.In(scope))).OrderByDescending(entry => entry.Created);

    private List<CacheEntry> All(CacheKey? key) => Await(async cancellation =>
    {
        var filter = new EntryFilter(SignedBy, Creator);
        List<CacheEntry> entries = [];
        await foreach (CacheEntry entry in IncludeUntrusted ? Catalog.ListEverythingAsync(key, cancellation) : Catalog.ListAsync(key, cancellation))
        {
            if (filter.Matches(entry))
            {
                entries.Add(entry);
            }
        }

        return entries;
    });
}
