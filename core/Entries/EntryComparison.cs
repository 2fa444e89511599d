using BuildCache.Content;
using BuildCache.Files;

namespace BuildCache.Entries;

/// <summary>Compares what is on disk with what an entry holds.</summary>
internal static class EntryComparison
{
    /// <summary>
    /// Whether a file or directory is as an entry holds it: the same content, links and names, executable or not, and no mode wider than
    /// the one that was kept. Times do not count, and a narrower mode is that of a user with another umask.
    /// </summary>
    /// <param name="path">Full path of the file or directory.</param>
    /// <param name="entry">The entry, as a lookup found it.</param>
    /// <param name="saved">The path of it.</param>
    /// <param name="hasher">Hashes the files.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static bool IsAt(string path, CacheEntry entry, SavedPath saved, FileHasher hasher, CancellationToken cancellationToken)
    {
        try
        {
            bool isDirectory = Directory.Exists(path);
            if (new FileInfo(path).LinkTarget is not null || isDirectory != saved.IsDirectory)
            {
                return false;
            }

            return isDirectory
                ? entry.Trees is { } trees && IsTreeAt(path, [.. trees.Unfold(saved)], hasher, cancellationToken)
                : IsFileAt(path, new TreeFile(saved.Digest, saved.IsExecutable, saved.Properties), hasher, cancellationToken);
        }
        catch (Exception error) when (error is BuildCacheException or IOException or UnauthorizedAccessException)
        {
            // Not there, of another kind, or not readable: a restore of it says which, where that matters.
            return false;
        }
    }

    private static bool IsTreeAt(string root, IReadOnlyList<EntryDirectory> directories, FileHasher hasher, CancellationToken cancellationToken)
    {
        TreeScan scan = TreeScan.WithAnyLinks(root, cancellationToken);
        if (scan.Directories.Count != directories.Count - 1
            || scan.Files.Count != directories.Sum(directory => directory.Listing.Files.Count)
            || scan.Symlinks.Count != directories.Sum(directory => directory.Listing.Symlinks.Count))
        {
            return false;
        }

        // As many of each kind, and each of the entry is there: so nothing else is.
        HashSet<string> found = [.. scan.Directories];
        HashSet<(string, string)> links = [.. scan.Symlinks];
        return directories.All(directory => (directory.Path.Length == 0 || found.Contains(directory.Path))
            && directory.Listing.Symlinks.TrueForAll(link => links.Contains((EntryTrees.Join(directory.Path, link.Name), link.Target)))
            && IsNoWider(SourceFile.Read(root, () => NodeProperties.OfDirectory(Path.Combine(root, directory.Path))), directory.Listing.Properties)
            && directory.Listing.Files.TrueForAll(file => IsFileAt(Path.Combine(root, directory.Path, file.Name), file.File, hasher, cancellationToken)));
    }

    private static bool IsFileAt(string path, TreeFile file, FileHasher hasher, CancellationToken cancellationToken) =>
        // A file of another size is not read.
        SourceFile.Stamp(path, out NodeProperties properties) is { } stamp && stamp.Size == file.Digest.Size && stamp.IsExecutable == file.IsExecutable
        && IsNoWider(properties, file.Properties) && hasher.Hash(path, cancellationToken).Digest == file.Digest;

    private static bool IsNoWider(NodeProperties now, NodeProperties saved) => now.Mode is not { } mode || saved.Mode is not { } kept || (mode & ~kept) == 0;
}
