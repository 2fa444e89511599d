using System.IO.Enumeration;
using BuildCache.Content;
using BuildCache.Files;

namespace BuildCache.Entries;

/// <summary>Decides whether an entry may take the place of what is at its destination.</summary>
internal static class RestoreDestination
{
    private static readonly EnumerationOptions s_everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false, RecurseSubdirectories = true };

    /// <summary>Refuses to remove files that are only there: those that the entry does not have, and that changed since a restore put them there or a save took them.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.DestinationNotEmpty"/>.</exception>
    public static void RefuseForeignFiles(
        CacheEntry entry, EntryTrees trees, Func<SavedPath, string> destination, PlacedDirectories placed, CancellationToken cancellationToken)
    {
        var found = new Dictionary<SavedPath, (string Root, HashSet<string> Foreign)>(ReferenceEqualityComparer.Instance);
        foreach (SavedPath path in entry.Paths)
        {
            string root = destination(path);
            HashSet<string> files = FilesAt(root, path.IsDirectory, cancellationToken);
            if (files.Count > 0)
            {
                found[path] = (root, files);
            }
        }

        if (found.Count == 0)
        {
            return;
        }

        foreach ((SavedPath path, string directory, DirectoryListing listing) in trees.Directories)
        {
            if (found.TryGetValue(path, out (string Root, HashSet<string> Foreign) there))
            {
                there.Foreign.ExceptWith(listing.Files.Select(file => file.Name).Concat(listing.Symlinks.Select(link => link.Name)).Select(name => EntryTrees.Join(directory, name)));
            }
        }

        foreach ((string root, HashSet<string> foreign) in found.Values)
        {
            Func<string, bool> isUnchanged = placed.UnchangedIn(root);
            foreign.RemoveWhere(file => isUnchanged(Path.Combine(root, file)));
            if (foreign.Count > 0)
            {
                throw new BuildCacheException(ErrorId.DestinationNotEmpty,
                    $"'{root}' holds {(foreign.Count == 1 ? "a file" : $"{foreign.Count:N0} files")} that the entry {entry.Key} does not have and that no cache has, such as '{foreign.Order(StringComparer.Ordinal).First()}'. Move what is to be kept elsewhere, or force the restore: the directory is then replaced as a whole.");
            }
        }
    }

    /// <summary>What would be lost if it is not in the entry: paths relative to the destination, empty for what is there itself.</summary>
    private static HashSet<string> FilesAt(string root, bool isDirectory, CancellationToken cancellationToken)
    {
        var files = new HashSet<string>(StringComparer.Ordinal);
        if (!PathMove.IsThere(root))
        {
            return files;
        }

        if (!PathMove.IsDirectory(root))
        {
            // A file gives way to a file.
            if (isDirectory)
            {
                files.Add("");
            }

            return files;
        }

        try
        {
            var enumeration = new FileSystemEnumerable<string>(root, (ref FileSystemEntry item) => item.ToFullPath(), s_everything)
            {
                ShouldIncludePredicate = (ref FileSystemEntry item) => !StagingName.Is(item.FileName) && (!item.IsDirectory || IsLink(item)),
                ShouldRecursePredicate = (ref FileSystemEntry item) => !IsLink(item) && !StagingName.Is(item.FileName),
            };
            foreach (string path in enumeration)
            {
                cancellationToken.ThrowIfCancellationRequested();
                files.Add(path[(root.TrimEnd(Path.DirectorySeparatorChar).Length + 1)..].Replace(Path.DirectorySeparatorChar, '/'));
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DestinationFailure.Of(root, error);
        }

        return files;
    }

    private static bool IsLink(in FileSystemEntry item) => (item.Attributes & FileAttributes.ReparsePoint) != 0;
}
