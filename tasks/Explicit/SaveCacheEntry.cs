using BuildCache.Configuration;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.MSBuild.Session;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild;

/// <summary>Saves files and directories under a key. A good entry that is there stays.</summary>
public sealed class SaveCacheEntry : CacheTask
{
    /// <summary>The id of the key.</summary>
    [Required]
    public string Key { get; set; } = "";

    /// <summary>What to save; it must lie below the workspace root.</summary>
    [Required]
    public ITaskItem[] Paths { get; set; } = [];

    /// <summary>Whether a good entry under the key gives way.</summary>
    public bool Replace { get; set; }

    /// <summary>Whether links are saved that lead out of what is saved. The restore has to allow them too.</summary>
    public bool AllowOutsideLinks { get; set; }

    /// <summary>Whether it was saved now; false when a good entry was there, and when the cache could not or may not be written.</summary>
    [Output]
    public bool Saved { get; private set; }

    private protected override void Run(Workspace workspace, CacheSettings settings, HashMemory memory)
    {
        CacheKey key = CacheId.Parse(Key);
        IReadOnlyList<PathToSave> paths = PathToSave.Below(workspace.Root, Paths.Select(path => Path.GetFullPath(path.ItemSpec)));
        if (!settings.Mode.Writes())
        {
            return;
        }

        EntryCatalog catalog = Open(settings, memory);
        if (catalog.Store.AcceptsWrites)
        {
            var details = new EntryDetails(BuildSession.Creator) { AllowsOutsideLinks = AllowOutsideLinks, Placed = new PlacedDirectories() };
            Saved = catalog.SaveAsync(key, paths, details, Replace, cancellationToken: Stop).AsTask().GetAwaiter().GetResult().Saved;
        }
    }
}
