using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild;

/// <summary>Looks whether there is an entry whose content is all in the store.</summary>
public sealed class TestCacheEntry : CacheTask
{
    /// <summary>The id of the key.</summary>
    [Required]
    public string Key { get; set; } = "";

    /// <summary>Ids of keys that may match by prefix when the key does not, in order.</summary>
    public string[] RestoreKeys { get; set; } = [];

    /// <summary>Whether there is one.</summary>
    [Output]
    public bool Found { get; private set; }

    /// <summary>The id of the key that was found; another than <see cref="Key"/> when a restore key matched.</summary>
    [Output]
    public string MatchedKey { get; private set; } = "";

    private protected override void Run(Workspace workspace, CacheSettings settings, HashMemory memory)
    {
        CacheKey key = CacheId.Parse(Key);
        IReadOnlyList<CacheKey> restoreKeys = ParseKeys(RestoreKeys);
        if (settings.Mode is CacheMode.Off or CacheMode.WriteOnly or CacheMode.Audit)
        {
            return;
        }

        LookupResult found = Open(settings, memory).FindAsync(key, restoreKeys, purge: settings.Mode == CacheMode.ReadWrite).AsTask().GetAwaiter().GetResult();
        Found = found.Entry is not null;
        MatchedKey = found.Entry?.Key.Id ?? "";
    }
}
