using System.Management.Automation;
using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Stores;

namespace BuildCache.PowerShell;

/// <summary>What the cmdlets share that use a store.</summary>
public abstract class StoreCommand : CacheCommand
{
    /// <summary>The URI or the directory of the store. Without it: BUILDCACHE_STORE, buildcache.json, the user's settings, the user's cache directory.</summary>
    [Parameter]
    public string? Store { get; set; }

    /// <summary>The settings in force.</summary>
    protected CacheSettings Settings { get; private set; } = null!;

    /// <summary>The entries of the store.</summary>
    protected EntryCatalog Catalog { get; private set; } = null!;

    /// <summary>Remembers the digests of the files that the command saves, or none.</summary>
    protected virtual HashMemory? Memory => null;

    /// <inheritdoc/>
    protected override void Open()
    {
        base.Open();
        Settings = CacheSettings.Resolve(Workspace, Store is { Length: > 0 } store && !IsUri(store) ? FullPath(store) : Store);
        Catalog = new EntryCatalog(CacheStore.Open(Settings.Store), Memory);
        WriteVerbose($"The store is {Settings.Store}.");
    }

    // 'C:' and 'Temp:' look like schemes and are drives.
    private bool IsUri(string store) =>
        store.Contains("://", StringComparison.Ordinal)
        || (store.IndexOf(':', StringComparison.Ordinal) is > 1 and int colon
            && !store.AsSpan(0, colon).ContainsAny('/', '\\')
            && !SessionState.Drive.GetAll().Any(drive => drive.Name.Equals(store[..colon], StringComparison.OrdinalIgnoreCase)));
}
