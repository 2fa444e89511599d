using BuildCache.Content;
using BuildCache.Entries;

namespace BuildCache.Commands;

/// <summary>Compares what a command made with what an entry holds.</summary>
internal static class OutputComparison
{
    /// <summary>The names of what differs: made otherwise, not made before, or not made now.</summary>
    public static IEnumerable<string> Differences(IReadOnlyList<PathToSave> made, CacheEntry entry, FileHasher hasher, CancellationToken cancellationToken)
    {
        Dictionary<string, SavedPath> saved = entry.Paths.ToDictionary(path => path.Path);
        foreach (PathToSave path in made)
        {
            if (!saved.Remove(path.Name, out SavedPath? before) || before.Digest != DigestOf(path.FullPath, hasher, cancellationToken))
            {
                yield return path.Name;
            }
        }

        foreach (string gone in saved.Keys)
        {
            yield return gone;
        }
    }

    private static Digest DigestOf(string path, FileHasher hasher, CancellationToken cancellationToken) =>
        Directory.Exists(path) ? TreeDigest.Of(path, hasher, cancellationToken) : hasher.Hash(path, cancellationToken).Digest;
}
