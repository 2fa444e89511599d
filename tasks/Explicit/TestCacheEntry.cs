using BuildCache.Configuration;
using BuildCache.Entries;
using BuildCache.Keys;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild;

/// <summary>Looks whether there is an entry whose content is all in the store.</summary>
public sealed class TestCacheEntry : LookupTask
{
    /// <summary>Whether there is one.</summary>
    [Output]
    public bool Found => MatchedKey.Length > 0;

    private protected override LookupResult LookUp(
        Workspace workspace, EntryCatalog catalog, CacheKey key, IReadOnlyList<CacheKey> restoreKeys, IReadOnlyList<CacheScope>? scopes) =>
        catalog.FindAsync(key, restoreKeys, scopes, Stop).AsTask().GetAwaiter().GetResult();
}
