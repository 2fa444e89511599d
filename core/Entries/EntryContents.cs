using BuildCache.Content;
using BuildCache.Stores;

namespace BuildCache.Entries;

/// <summary>Walks what an entry holds, out of a store that is not trusted.</summary>
internal static class EntryContents
{
    /// <summary>Collects every blob that restoring an entry takes.</summary>
    /// <returns><see langword="false"/> when that cannot be known any more: a directory of a tree is not there, or is damaged.</returns>
    public static async ValueTask<bool> TryCollectBlobsAsync(CacheEntry entry, IBlobStore blobs, ISet<Digest> needed, CancellationToken cancellationToken)
    {
        if (entry.Output is { } output)
        {
            needed.Add(output);
        }

        try
        {
            foreach (SavedPath path in entry.Paths)
            {
                if (path.IsDirectory)
                {
                    await WalkAsync(path, blobs, (_, listing) =>
                    {
                        needed.UnionWith(listing.Files.Select(file => file.File.Digest));
                    }, digest => needed.Add(digest), cancellationToken);
                }
                else
                {
                    needed.Add(path.Digest);
                }
            }

            return true;
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.BlobMissing || error.Id == ErrorId.BlobCorrupt)
        {
            return false;
        }
    }

    /// <summary>Visits every directory of a saved tree, parents first, with its path below the tree's top (empty for the top itself).</summary>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.BlobMissing"/>, <see cref="ErrorId.BlobCorrupt"/>: the tree is not whole, or holds more than the entry says.
    /// </exception>
    public static async ValueTask WalkAsync(
        SavedPath tree, IBlobStore blobs, Action<string, DirectoryListing> visit, Action<Digest>? visitDigest, CancellationToken cancellationToken)
    {
        // Directories that share digests make a small tree unfold into a huge one; what the entry says of its size is the bound.
        const long DirectoriesBesidesFiles = 100_000;
        long directories = 1;
        long files = 0;
        var read = new Dictionary<Digest, DirectoryListing>();
        var pending = new Stack<(string Path, Digest Digest)>([("", tree.Digest)]);
        while (pending.TryPop(out (string Path, Digest Digest) next))
        {
            cancellationToken.ThrowIfCancellationRequested();
            visitDigest?.Invoke(next.Digest);
            if (!read.TryGetValue(next.Digest, out DirectoryListing? listing))
            {
                byte[] bytes = await blobs.ReadAsync(next.Digest, cancellationToken)
                    ?? throw new BuildCacheException(ErrorId.BlobMissing, $"The directory '{tree.Path}/{next.Path}' of the entry is not in the store. The entry is stale; remove it.");
                read[next.Digest] = listing = TreeCodec.Decode(bytes);
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
                if (!SafePath.LinkStaysInside(Join(next.Path, name), target))
                {
                    throw new BuildCacheException(ErrorId.BlobCorrupt, $"The link '{tree.Path}/{Join(next.Path, name)}' leaves the directory it was saved with. The entry cannot be trusted; remove it.");
                }
            }

            visit(next.Path, listing);
            foreach ((string name, Digest digest) in listing.Directories)
            {
                pending.Push((Join(next.Path, name), digest));
            }
        }
    }

    /// <summary>Joins a relative path, which may be empty, with a name.</summary>
    public static string Join(string path, string name) => path.Length == 0 ? name : $"{path}/{name}";
}
