using BuildCache.Content;
using BuildCache.Entries;

namespace BuildCache.Commands;

/// <summary>Compares the outputs of a command on disk with those of an entry.</summary>
internal static class OutputComparison
{
    /// <summary>The names of what differs: made otherwise, not made before, or not made now.</summary>
    public static IEnumerable<string> Differences(IReadOnlyList<PathToSave> made, CacheEntry entry, FileHasher hasher, CancellationToken cancellationToken)
    {
        Dictionary<string, SavedPath> saved = entry.Paths.ToDictionary(path => path.Path);
        foreach (PathToSave path in made)
        {
            if (!saved.Remove(path.Name, out SavedPath? before) || before.Digest != DigestOf(path.FullPath, hasher, cancellationToken).Digest)
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
        [.. entry.Paths.Where(path => !IsThere(path, Path.Combine(root, path.Path), hasher, cancellationToken))];

    private static bool IsThere(SavedPath saved, string path, FileHasher hasher, CancellationToken cancellationToken)
    {
        try
        {
            if (OutputLinks.IsLink(path) || Directory.Exists(path) != saved.IsDirectory)
            {
                return false;
            }

            // A file of another size is not read.
            return (saved.IsDirectory || FileStamp.Read(path)?.Size == saved.Digest.Size)
                && DigestOf(path, hasher, cancellationToken) == (saved.Digest, saved.IsExecutable);
        }
        catch (Exception error) when (error is BuildCacheException or IOException or UnauthorizedAccessException)
        {
            // Not there, of another kind, or not readable: restoring it says which where that matters.
            return false;
        }
    }

    private static (Digest Digest, bool IsExecutable) DigestOf(string path, FileHasher hasher, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(path))
        {
            HashedFile file = hasher.Hash(path, cancellationToken);
            return (file.Digest, file.Stamp.IsExecutable);
        }

        TreeScan scan = TreeScan.Of(path, cancellationToken);
        IReadOnlyList<HashedFile> files = hasher.HashAll(scan.FullPaths(path), cancellationToken);
        TreeDirectory tree = scan.ToTree([.. files.Select(file => new TreeFile(file.Digest, file.Stamp.IsExecutable))]);
        return (TreeCodec.Encode(tree, new Dictionary<Digest, byte[]>()), false);
    }
}
