using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Sources;

namespace BuildCache.PowerShell;

/// <summary>What the cmdlets share that work on the source cache.</summary>
public abstract class SourceCacheCommand : SourceCommand
{
    // As it is a restore key, keys whose first part only begins like this one come too.
    private static readonly CacheKey s_all = CacheKey.Create(CacheScope.Global, [SourceKey.FirstPart]);

    /// <summary>The entries of sources, the newest first: of those that are named, else all.</summary>
    private protected IReadOnlyList<CachedSource> List()
    {
        Dictionary<CacheKey, string> names = Keys();
        List<CacheEntry> entries = Await(async cancellation =>
        {
            List<CacheEntry> found = [];
            await foreach (CacheEntry entry in Catalog.ListAsync(s_all, cancellation))
            {
                found.Add(entry);
            }

            return found;
        });
        return [.. entries
            .Where(entry => entry.Key.Parts is [SourceKey.FirstPart, _, _] && (Name is null || names.ContainsKey(entry.Key)))
            .Select(entry => new CachedSource(names.GetValueOrDefault(entry.Key), entry.Key.Parts[1], entry.Key, entry.FileCount, entry.Bytes, entry.Created, entry.LastUsed))];
    }

    /// <summary>The keys of the sources that are named, else of all that are declared. One without a ref is in no cache; that is an error where it was named.</summary>
    private protected Dictionary<CacheKey, string> Keys()
    {
        var names = new Dictionary<CacheKey, string>();
        foreach (SourceDeclaration source in Name is null ? Sources.Sources : Find(Name))
        {
            try
            {
                names[SourceKey.Of(source, SourceKinds.Of(source))] = source.Name;
            }
            catch (BuildCacheException error)
            {
                if (Name is not null)
                {
                    Report(source.About(error), source.Name);
                }
            }
        }

        return names;
    }
}
