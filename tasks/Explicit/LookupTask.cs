using BuildCache.Configuration;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Keys;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild;

/// <summary>What the tasks share that look an entry up.</summary>
public abstract class LookupTask : CacheTask
{
    /// <summary>The id of the key.</summary>
    [Required]
    public string Key { get; set; } = "";

    /// <summary>Ids of keys that may match by prefix when the key does not, in order.</summary>
    public string[] RestoreKeys { get; set; } = [];

    /// <summary>The scopes to look in, in this order, in place of that of the keys, for example <c>project,branch;project;team:core</c>.</summary>
    public string[] Scopes { get; set; } = [];

    /// <summary>The id of the key that was found, empty when none was; another than <see cref="Key"/> when a restore key matched.</summary>
    [Output]
    public string MatchedKey { get; private set; } = "";

    private protected sealed override void Run(Workspace workspace, CacheSettings settings, HashMemory memory)
    {
        CacheKey key = CacheId.Parse(Key);
        IReadOnlyList<CacheKey> restoreKeys = [.. RestoreKeys.Select(CacheId.Parse)];
        IReadOnlyList<CacheScope>? scopes = Scopes.Length == 0 ? null : [.. Scopes.Select(workspace.ParseScope)];
        if (settings.Mode.Reads())
        {
            MatchedKey = LookUp(workspace, Open(settings, memory), key, restoreKeys, scopes).Entry?.Key.Id ?? "";
        }
    }

    /// <summary>Looks the key up and does with the entry what the task is for.</summary>
    private protected abstract LookupResult LookUp(
        Workspace workspace, EntryCatalog catalog, CacheKey key, IReadOnlyList<CacheKey> restoreKeys, IReadOnlyList<CacheScope>? scopes);
}
