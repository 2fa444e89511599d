using BuildCache.Configuration;
using BuildCache.Entries;
using BuildCache.Keys;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild;

/// <summary>Restores the best entry: the one of the key, else the newest that a restore key matches. Without one, nothing is touched.</summary>
public sealed class RestoreCacheEntry : LookupTask
{
    /// <summary>Where the entry's paths are relative to. By default the workspace root.</summary>
    public string? Destination { get; set; }

    /// <summary>
    /// What the entry may hold: these paths, as they were saved, and what is below them. An entry that holds anything else is a miss, with a
    /// warning.
    /// </summary>
    public string[] Paths { get; set; } = [];

    /// <summary>Whether links are made that lead out of what was saved. Only for a store whose writers are trusted.</summary>
    public bool AllowOutsideLinks { get; set; }

    /// <summary>Whether a directory is replaced as a whole, also where it holds files that are in no cache. Without it such a restore is refused, with a warning.</summary>
    public bool Force { get; set; }

    /// <summary>Full paths of what was put in place.</summary>
    [Output]
    public string[] Placed { get; private set; } = [];

    /// <summary>Whether something was restored.</summary>
    [Output]
    public bool Restored => MatchedKey.Length > 0;

    private protected override LookupResult LookUp(
        Workspace workspace, EntryCatalog catalog, CacheKey key, IReadOnlyList<CacheKey> restoreKeys, IReadOnlyList<CacheScope>? scopes)
    {
        string destination = string.IsNullOrEmpty(Destination) ? workspace.Root : Path.GetFullPath(Destination);
        var options = new RestoreOptions { AllowsOutsideLinks = AllowOutsideLinks, Protects = Force ? null : new PlacedDirectories(), Expected = ExpectedPaths.Of(workspace.Root, Paths.Select(Path.GetFullPath)) };
        LookupResult found = catalog.FindAndRestoreAsync(key, restoreKeys, destination, scopes, options, cancellationToken: Stop).AsTask().GetAwaiter().GetResult();
        if (found.Entry is { } entry)
        {
            Placed = [.. entry.Paths.Select(path => Path.Combine(destination, path.Path))];
            Log.LogMessage(MessageImportance.Normal, "{0}", $"BuildCache: put in place {string.Join(", ", Placed)}.");
        }

        return found;
    }
}
