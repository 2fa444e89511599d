using BuildCache.Benchmarks.Measurement;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Stores;

namespace BuildCache.Benchmarks.Trees;

/// <summary>One save and one restore, each the work of a process of its own.</summary>
internal static class TreeCommands
{
    private const string Name = "tree";
    private static readonly CacheKey s_key = CacheKey.Create(CacheScope.Global, ["benchmark", Name]);

    /// <summary>Saves a directory in a store. Nothing is remembered of its files, so all are read.</summary>
    public static async Task SaveAsync(string directory, string store)
    {
        await using CacheStore opened = Open(store);
        var catalog = new EntryCatalog(opened);
        SaveResult result = await catalog.SaveAsync(s_key, [new PathToSave(Name, Path.GetFullPath(directory))], new EntryDetails("BuildCache.Benchmarks"));
        Require(result.Saved, "The store had the tree already.");
        MeasuredProcess.ReportPeak();
    }

    /// <summary>Finds the directory in a store and restores it.</summary>
    public static async Task RestoreAsync(string store, string directory)
    {
        await using CacheStore opened = Open(store);
        var catalog = new EntryCatalog(opened);
        LookupResult found = await catalog.FindAsync(s_key);
        Require(found.Entry is not null, "The store has no such tree.");
        await catalog.RestoreAsync(found.Entry!, _ => Path.GetFullPath(directory));
        MeasuredProcess.ReportPeak();
    }

    private static CacheStore Open(string store) => CacheStore.Open(store.Contains("://", StringComparison.Ordinal) ? store : Path.GetFullPath(store));

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new InvalidOperationException(otherwise);
        }
    }
}
