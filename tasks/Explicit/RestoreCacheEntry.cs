using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild;

/// <summary>Restores the best entry: the one of the key, else the newest that a restore key matches. Without one, nothing is touched.</summary>
public sealed class RestoreCacheEntry : CacheTask
{
    /// <summary>The id of the key.</summary>
    [Required]
    public string Key { get; set; } = "";

    /// <summary>Ids of keys that may match by prefix when the key does not, in order.</summary>
    public string[] RestoreKeys { get; set; } = [];

    /// <summary>Where the entry's paths are relative to. By default the workspace root.</summary>
    public string? Destination { get; set; }

    /// <summary>Whether something was restored.</summary>
    [Output]
    public bool Restored { get; private set; }

    /// <summary>The id of the key whose entry was restored; another than <see cref="Key"/> when a restore key matched.</summary>
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

        string destination = string.IsNullOrEmpty(Destination) ? workspace.Root : Path.GetFullPath(Destination);
        LookupResult found = Open(settings, memory).FindAndRestoreAsync(key, restoreKeys, destination).AsTask().GetAwaiter().GetResult();
        Restored = found.Entry is not null;
        MatchedKey = found.Entry?.Key.Id ?? "";
    }
}
