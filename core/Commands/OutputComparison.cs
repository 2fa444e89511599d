using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Files;

namespace BuildCache.Commands;

/// <summary>Compares the outputs of a command on disk with those of an entry.</summary>
internal static class OutputComparison
{
    /// <summary>What is kept of outputs besides their content. Not their times: a hit gives them one time, and equal outputs of two runs are equal.</summary>
    public const KeptProperties Kept = KeptProperties.Modes;

    /// <summary>The names of what differs: made otherwise, not made before, or not made now.</summary>
    public static IEnumerable<string> Differences(IReadOnlyList<PathToSave> made, CacheEntry entry, FileHasher hasher, CancellationToken cancellationToken)
    {
        Dictionary<string, SavedPath> saved = entry.Paths.ToDictionary(path => path.Path);
        foreach (PathToSave path in made)
        {
            if (!saved.Remove(path.Name, out SavedPath? before) || !EntryComparison.IsAt(path.FullPath, entry, before, hasher, cancellationToken))
            {
                yield return path.Name;
            }
        }

        foreach (string gone in saved.Keys)
        {
            yield return gone;
        }
    }

    /// <summary>The paths of an entry that are not on disk as they were saved. The others need not be written again, and keep their times.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="root">Full path of the directory that its paths are relative to.</param>
    /// <param name="hasher">Hashes the files.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static IReadOnlyList<SavedPath> NotThere(CacheEntry entry, string root, FileHasher hasher, CancellationToken cancellationToken) =>
        [.. entry.Paths.Where(path => !EntryComparison.IsAt(Path.Combine(root, path.Path), entry, path, hasher, cancellationToken))];
}
