using System.Management.Automation;
using BuildCache.Configuration;
using BuildCache.Entries;
using BuildCache.Keys;

namespace BuildCache.PowerShell;

/// <summary>What the cmdlets share that look an entry up.</summary>
public abstract class LookupCommand : StoreCommand
{
    /// <summary>The key of the entry, or its id.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public KeyArgument Key { get; set; } = null!;

    /// <summary>What else may match, in this order after the key; of each, the newest entry it is a prefix of.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNull]
    public KeyArgument[]? RestoreKey { get; set; }

    /// <summary>The scopes to look in, in this order, in place of that of the keys.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Scope { get; set; }

    /// <summary>A store that cannot be used is an error, not a miss with a warning.</summary>
    [Parameter]
    public SwitchParameter Strict { get; set; }

    /// <summary>The restore keys.</summary>
    private protected IReadOnlyList<CacheKey>? RestoreKeys { get; private set; }

    /// <summary>The scopes to look in.</summary>
    private protected IReadOnlyList<CacheScope>? Scopes { get; private set; }

    /// <inheritdoc/>
    protected override object? Target => Key;

    /// <inheritdoc/>
    protected override bool IsStrict => Strict;

    /// <inheritdoc/>
    protected override void Open()
    {
        base.Open();
        RestoreKeys = RestoreKey?.Select(key => key.Resolve()).ToList();
        Scopes = Scope?.Select(Workspace.ParseScope).ToList();
    }

    /// <summary>Looks a key up.</summary>
    protected CacheLookupResult Find(CacheKey key)
    {
        if (!Settings.Mode.Reads())
        {
            WriteVerbose($"The mode is {Settings.Mode}, so nothing is looked up: {key}");
            return CacheLookupResult.Miss(key);
        }

        try
        {
            LookupResult found = Await(cancellation => Catalog.FindAsync(key, RestoreKeys, Scopes, cancellation));
            foreach (CacheEntry stale in found.Stale)
            {
                WriteVerbose($"Stale, its content is lost: {stale.Key}");
            }

            WriteVerbose(found.Entry is { } entry ? $"Hit ({found.Match}): {entry.Key}" : $"Miss: {key}");
            return new CacheLookupResult(key, found.Match, found.Entry, found.Stale);
        }
        catch (BuildCacheException error) when (IsTolerable(error))
        {
            WarnOnce(error, "Taken as a miss.");
            return CacheLookupResult.Miss(key);
        }
    }

    /// <summary>Whether an error is one of the store, its entry or the disk, which the caller did not ask to hear of as an error.</summary>
    protected bool IsTolerable(BuildCacheException error) => (error.IsStoreFailure || error.Id == ErrorId.DestinationUnavailable || error.Id == ErrorId.UnexpectedPath) && !Strict;
}
