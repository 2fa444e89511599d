using BuildCache.Content;
using BuildCache.Stores;

namespace BuildCache.Entries;

/// <summary>Walks what an entry holds, out of a store that is not trusted.</summary>
internal static class EntryContents
{
    // What a store may make this machine hold in memory; a tree with more than that in messages has each as a blob of its own.
    internal const long LargestTree = 64 * 1024 * 1024;

    /// <summary>Collects all that restoring or explaining an entry takes.</summary>
    /// <returns><see langword="null"/> when that cannot be known any more: a directory of a tree is not there, or is damaged.</returns>
    public static async ValueTask<EntryContent?> TryCollectAsync(CacheEntry entry, IBlobStore blobs, CancellationToken cancellationToken)
    {
        var needed = new HashSet<Digest>();
        try
        {
            await WalkAsync(entry, blobs, (_, _, listing) => needed.UnionWith(listing.Files.Select(file => file.File.Digest)), needed, cancellationToken);
            return Of(entry, needed);
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.BlobMissing || error.Id == ErrorId.BlobCorrupt)
        {
            return null;
        }
    }

    /// <summary>The content of an entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="blobs">The blobs of its trees; receives the rest.</param>
    public static EntryContent Of(CacheEntry entry, HashSet<Digest> blobs)
    {
        Digest[] others = [.. ((IEnumerable<Digest?>)[entry.Output, entry.Fingerprint]).OfType<Digest>()];
        blobs.UnionWith(others);
        blobs.UnionWith(entry.Paths.Select(path => path.IsDirectory ? path.Tree : path.Digest).OfType<Digest>());

        return new EntryContent(
            [.. entry.Paths.Where(path => !path.IsDirectory).Select(path => new ContentFile(path.Path, path.Digest, path.IsExecutable))],
            [.. entry.Paths.Where(path => path.Tree is not null).Select(path => new ContentTree(path.Path, path.Tree!.Value))],
            blobs)
        {
            Others = others,
        };
    }

    /// <summary>Visits every directory of an entry's trees, parents first, with its path below the tree's top (empty for the top itself).</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="blobs">Where its trees are.</param>
    /// <param name="visit">Sees each directory.</param>
    /// <param name="messageBlobs">Receives the blobs that describe the trees.</param>
    /// <param name="cancellationToken">Stops the walk.</param>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.BlobMissing"/>, <see cref="ErrorId.BlobCorrupt"/>: a tree is not whole, or holds more than the entry says.
    /// </exception>
    public static async ValueTask WalkAsync(
        CacheEntry entry, IBlobStore blobs, Action<SavedPath, string, DirectoryListing> visit, ISet<Digest> messageBlobs, CancellationToken cancellationToken)
    {
        // All of them in one request.
        IReadOnlyDictionary<Digest, byte[]> trees = await ReadAsync(
            blobs, [.. entry.Paths.Where(path => path.Tree is not null).Select(path => path.Tree!.Value).Distinct()], messageBlobs, cancellationToken);
        foreach (SavedPath path in entry.Paths.Where(path => path.IsDirectory))
        {
            if (path.Tree is null)
            {
                await WalkAsync(path, digests => ReadAsync(blobs, digests, messageBlobs, cancellationToken), visit, cancellationToken);
            }
            else
            {
                Dictionary<Digest, byte[]> messages = trees.TryGetValue(path.Tree.Value, out byte[]? bytes) ? TreeCodec.DecodeTree(bytes) : throw Missing(path, "");
                await WalkAsync(path, _ => new(messages), visit, cancellationToken);
            }
        }
    }

    private static async ValueTask<IReadOnlyDictionary<Digest, byte[]>> ReadAsync(
        IBlobStore blobs, IReadOnlyCollection<Digest> wanted, ISet<Digest> messageBlobs, CancellationToken cancellationToken)
    {
        messageBlobs.UnionWith(wanted);
        // One by one first: sizes that somebody made up may have a sum that no number holds.
        return wanted.Any(blob => blob.Size > LargestTree) || wanted.Sum(blob => blob.Size) > LargestTree
            ? throw new BuildCacheException(ErrorId.BlobCorrupt, $"The directories of the entry take more than {LargestTree / 1024 / 1024} MiB to describe. The entry cannot be trusted; remove it.")
            : wanted.Count == 0 ? new Dictionary<Digest, byte[]>() : await blobs.ReadAsync(wanted, cancellationToken);
    }

    private static async ValueTask WalkAsync(
        SavedPath tree, Func<IReadOnlyCollection<Digest>, ValueTask<IReadOnlyDictionary<Digest, byte[]>>> read,
        Action<SavedPath, string, DirectoryListing> visit, CancellationToken cancellationToken)
    {
        // Directories that share digests make a small tree unfold into a huge one; what the entry says of its size is the bound.
        const long DirectoriesBesidesFiles = 100_000;
        long directories = 1;
        long files = 0;
        var known = new Dictionary<Digest, DirectoryListing>();
        List<(string Path, Digest Digest)> level = [("", tree.Digest)];
        while (level.Count > 0)
        {
            // Level by level, so that a deep tree and not a wide one takes many requests.
            List<Digest> unknown = [.. level.Select(directory => directory.Digest).Distinct().Where(digest => !known.ContainsKey(digest))];
            IReadOnlyDictionary<Digest, byte[]> messages = unknown.Count == 0 ? new Dictionary<Digest, byte[]>() : await read(unknown);
            List<(string Path, Digest Digest)> below = [];
            foreach ((string path, Digest digest) in level)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!known.TryGetValue(digest, out DirectoryListing? listing))
                {
                    known[digest] = listing = TreeCodec.Decode(messages.TryGetValue(digest, out byte[]? bytes) ? bytes : throw Missing(tree, path));
                }

                // Counted before they are visited, so that what is yet to visit is bounded too.
                directories += listing.Directories.Count;
                files += listing.Files.Count;
                if (files > tree.FileCount || directories > tree.FileCount + DirectoriesBesidesFiles)
                {
                    throw new BuildCacheException(ErrorId.BlobCorrupt, $"The tree '{tree.Path}' holds more than the {tree.FileCount:N0} files that its entry promises. The entry cannot be trusted; remove it.");
                }

                foreach ((string name, string target) in listing.Symlinks)
                {
                    if (!SafePath.LinkStaysInside(Join(path, name), target))
                    {
                        throw new BuildCacheException(ErrorId.BlobCorrupt, $"The link '{tree.Path}/{Join(path, name)}' leaves the directory it was saved with. The entry cannot be trusted; remove it.");
                    }
                }

                visit(tree, path, listing);
                below.AddRange(listing.Directories.Select(child => (Join(path, child.Name), child.Digest)));
            }

            level = below;
        }
    }

    /// <summary>Joins a relative path, which may be empty, with a name.</summary>
    public static string Join(string path, string name) => path.Length == 0 ? name : $"{path}/{name}";

    private static BuildCacheException Missing(SavedPath tree, string path) =>
        new(ErrorId.BlobMissing, $"The directory '{Join(tree.Path, path)}' of the entry is not in the store. The entry is stale; remove it.");
}
