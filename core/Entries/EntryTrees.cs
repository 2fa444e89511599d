using BuildCache.Content;
using BuildCache.Stores;

namespace BuildCache.Entries;

/// <summary>The directories of an entry, as they were read out of a store that is not trusted. A lookup reads them once, and the restore uses the same.</summary>
/// <param name="Directories">Every directory, parents before children.</param>
/// <param name="Messages">The blobs that describe them.</param>
internal sealed record EntryTrees(IReadOnlyList<EntryDirectory> Directories, IReadOnlySet<Digest> Messages)
{
    /// <summary>The most that the trees of one entry may take to describe, in bytes: about a million files.</summary>
    public const long MostBytes = 128 * 1024 * 1024;

    // Directories that share digests make a small tree unfold into a huge one.
    private const long MostDirectoriesBesidesFiles = 100_000;

    private static readonly EntryTrees s_none = new([], new HashSet<Digest>());

    /// <summary>Reads the trees of an entry.</summary>
    /// <returns><see langword="null"/> when they cannot be known any more: a directory is not in the store, or is damaged.</returns>
    public static async ValueTask<EntryTrees?> TryReadAsync(CacheEntry entry, IBlobStore blobs, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(entry, blobs, cancellationToken);
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.BlobMissing || error.Id == ErrorId.BlobCorrupt)
        {
            return null;
        }
    }

    /// <summary>Reads the trees of an entry.</summary>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.BlobMissing"/>, <see cref="ErrorId.BlobCorrupt"/>: a tree is not whole, or holds more than the entry says.
    /// </exception>
    public static async ValueTask<EntryTrees> ReadAsync(CacheEntry entry, IBlobStore blobs, CancellationToken cancellationToken)
    {
        if (!entry.Paths.Any(path => path.IsDirectory))
        {
            return s_none;
        }

        var messages = new HashSet<Digest>();
        List<EntryDirectory> directories = [];
        // All of them in one request.
        IReadOnlyDictionary<Digest, byte[]> trees = await ReadAsync(
            blobs, [.. entry.Paths.Where(path => path.Tree is not null).Select(path => path.Tree!.Value).Distinct()], messages, cancellationToken);
        foreach (SavedPath path in entry.Paths.Where(path => path.IsDirectory))
        {
            if (path.Tree is null)
            {
                await AddAsync(directories, entry, path, digests => ReadAsync(blobs, digests, messages, cancellationToken), cancellationToken);
            }
            else
            {
                Dictionary<Digest, byte[]> parts = trees.TryGetValue(path.Tree.Value, out byte[]? bytes) ? TreeCodec.DecodeTree(bytes) : throw Missing(path, "");
                await AddAsync(directories, entry, path, _ => new(parts), cancellationToken);
            }
        }

        return new EntryTrees(directories, messages);
    }

    /// <summary>The directories of some of the paths.</summary>
    public EntryTrees Of(IReadOnlyCollection<SavedPath> paths) => this with { Directories = [.. Directories.Where(directory => paths.Contains(directory.Tree))] };

    /// <summary>Refuses what <see cref="ReadAsync(CacheEntry, IBlobStore, CancellationToken)"/> would refuse to read.</summary>
    /// <param name="bytes">What all trees of the entry take to describe.</param>
    /// <param name="directories">How many directories one of them has.</param>
    /// <param name="files">How many files it has.</param>
    /// <param name="name">What it is called in the entry.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.UnsupportedFile"/>.</exception>
    public static void RefuseTooMany(long bytes, long directories, long files, string name)
    {
        if (bytes > MostBytes)
        {
            throw new BuildCacheException(ErrorId.UnsupportedFile,
                $"'{name}' has more files than one entry can describe ({files:N0}; their names and properties take more than {MostBytes / 1024 / 1024} MiB with what is saved beside it). Nothing was saved. Save its parts as entries of their own, or as one archive.");
        }

        if (directories > files + MostDirectoriesBesidesFiles)
        {
            throw new BuildCacheException(ErrorId.UnsupportedFile,
                $"'{name}' has {directories:N0} directories and {files:N0} files. One entry holds at most {MostDirectoriesBesidesFiles:N0} directories more than files. Nothing was saved. Leave the empty directories out, or save an archive.");
        }
    }

    /// <summary>All that restoring or explaining an entry takes.</summary>
    public EntryContent ContentOf(CacheEntry entry)
    {
        var blobs = new HashSet<Digest>(Messages);
        foreach (EntryDirectory directory in Directories)
        {
            foreach ((_, TreeFile file) in directory.Listing.Files)
            {
                blobs.Add(file.Digest);
            }
        }

        return ContentOf(entry, blobs);
    }

    /// <summary>The content of an entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="blobs">The blobs of its trees; receives the rest.</param>
    public static EntryContent ContentOf(CacheEntry entry, HashSet<Digest> blobs)
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

    /// <summary>Joins a relative path, which may be empty, with a name.</summary>
    public static string Join(string path, string name) => path.Length == 0 ? name : $"{path}/{name}";

    private static async ValueTask<IReadOnlyDictionary<Digest, byte[]>> ReadAsync(
        IBlobStore blobs, IReadOnlyCollection<Digest> wanted, HashSet<Digest> messages, CancellationToken cancellationToken)
    {
        messages.UnionWith(wanted);
        // One by one first: sizes that somebody made up may have a sum that no number holds.
        return wanted.Any(blob => blob.Size > MostBytes) || wanted.Sum(blob => blob.Size) > MostBytes
            ? throw new BuildCacheException(ErrorId.BlobCorrupt, $"The directories of the entry take more than {MostBytes / 1024 / 1024} MiB to describe. The entry cannot be trusted; remove it.")
            : wanted.Count == 0 ? new Dictionary<Digest, byte[]>() : await blobs.ReadAsync(wanted, cancellationToken);
    }

    private static async ValueTask AddAsync(
        List<EntryDirectory> all, CacheEntry entry, SavedPath tree, Func<IReadOnlyCollection<Digest>, ValueTask<IReadOnlyDictionary<Digest, byte[]>>> read, CancellationToken cancellationToken)
    {
        // What the entry says of its size is the bound.
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

                directories += listing.Directories.Count;
                files += listing.Files.Count;
                if (files > tree.FileCount || directories > tree.FileCount + MostDirectoriesBesidesFiles)
                {
                    throw new BuildCacheException(ErrorId.BlobCorrupt, $"The tree '{tree.Path}' holds more than the {tree.FileCount:N0} files that its entry promises. The entry cannot be trusted; remove it.");
                }

                if (!entry.HasOutsideLinks)
                {
                    RefuseOutsideLinks(entry, $"{tree.Path}/{path}".TrimEnd('/'), listing);
                }

                all.Add(new EntryDirectory(tree, path, listing));
                below.AddRange(listing.Directories.Select(child => (Join(path, child.Name), child.Digest)));
            }

            level = below;
        }
    }

    // An entry that was saved with such links says so.
    private static void RefuseOutsideLinks(CacheEntry entry, string path, DirectoryListing listing)
    {
        foreach ((string name, string target) in listing.Symlinks)
        {
            if (!SafePath.LinkLeadsTo($"{path}/{name}", target, entry.Paths.Select(saved => saved.Path)))
            {
                throw new BuildCacheException(ErrorId.BlobCorrupt, $"The link '{path}/{name}' leads out of what it was saved with. The entry cannot be trusted; remove it.");
            }
        }
    }

    private static BuildCacheException Missing(SavedPath tree, string path) =>
        new(ErrorId.BlobMissing, $"The directory '{Join(tree.Path, path)}' of the entry is not in the store. The entry is stale; remove it.");
}

/// <summary>One directory of an entry.</summary>
/// <param name="Tree">The saved path that it belongs to.</param>
/// <param name="Path">Its path below that, empty for the top, with <c>/</c>.</param>
/// <param name="Listing">What it holds.</param>
internal readonly record struct EntryDirectory(SavedPath Tree, string Path, DirectoryListing Listing);
