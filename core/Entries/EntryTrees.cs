using BuildCache.Content;
using BuildCache.Stores;

namespace BuildCache.Entries;

/// <summary>The directories of an entry, as they were read out of a store that is not trusted. A lookup reads them once, and the restore uses the same.</summary>
/// <param name="Tops">The saved directories.</param>
/// <param name="Listings">What each distinct directory holds. Directories that share digests make a small tree unfold into a huge one.</param>
/// <param name="Messages">The blobs that describe them.</param>
internal sealed record EntryTrees(IReadOnlyList<SavedPath> Tops, IReadOnlyDictionary<Digest, DirectoryListing> Listings, IReadOnlySet<Digest> Messages)
{
    private static readonly EntryTrees s_none = new([], new Dictionary<Digest, DirectoryListing>(), new HashSet<Digest>());

    /// <summary>Every directory, parents before children, unfolded one by one.</summary>
    public IEnumerable<EntryDirectory> Directories => Tops.SelectMany(tree => Unfold(tree));

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
    public static async ValueTask<EntryTrees> ReadAsync(CacheEntry entry, IBlobStore blobs, CancellationToken cancellationToken) =>
        entry.Paths.Any(path => path.IsDirectory) ? await new TreeReader(entry, blobs, cancellationToken).ReadAsync() : s_none;

    /// <summary>The directories of some of the paths.</summary>
    public EntryTrees Of(IReadOnlyCollection<SavedPath> paths) => this with { Tops = [.. Tops.Where(paths.ToHashSet().Contains)] };

    /// <summary>Every directory of one of the paths, parents before children.</summary>
    /// <param name="tree">The path.</param>
    /// <param name="enters">Whether a directory is wanted, and what is below it; <see langword="null"/> for all.</param>
    public IEnumerable<EntryDirectory> Unfold(SavedPath tree, Func<Digest, bool>? enters = null)
    {
        var pending = new Stack<(string Path, Digest Digest)>([("", tree.Digest)]);
        while (pending.TryPop(out (string Path, Digest Digest) directory))
        {
            if (enters?.Invoke(directory.Digest) == false)
            {
                continue;
            }

            DirectoryListing listing = Listings[directory.Digest];
            yield return new EntryDirectory(tree, directory.Path, listing);
            for (int i = listing.Directories.Count - 1; i >= 0; i--)
            {
                pending.Push((Join(directory.Path, listing.Directories[i].Name), listing.Directories[i].Digest));
            }
        }
    }

    /// <summary>Refuses to save what could not be read back.</summary>
    /// <param name="bytes">What all trees of the entry take to describe.</param>
    /// <param name="tree">What one of them holds.</param>
    /// <param name="all">What the entry holds with it.</param>
    /// <param name="name">What it is called in the entry.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.UnsupportedFile"/>.</exception>
    public static void RefuseTooMany(long bytes, TreeTotals tree, TreeTotals all, string name)
    {
        if (bytes > Ceilings.TreeMessages)
        {
            throw new BuildCacheException(ErrorId.UnsupportedFile,
                $"'{name}' has more files than one entry can describe ({tree.Files:N0}; their names and properties take more than {Ceilings.TreeMessages / 1024 / 1024} MiB with what is saved beside it). Nothing was saved. Save its parts as entries of their own, or as one archive.");
        }

        if (tree.Directories > tree.Files + Ceilings.TreeDirectoriesBesidesFiles)
        {
            throw new BuildCacheException(ErrorId.UnsupportedFile,
                $"'{name}' has {tree.Directories:N0} directories and {tree.Files:N0} files. One entry holds at most {Ceilings.TreeDirectoriesBesidesFiles:N0} directories more than files. Nothing was saved. Leave the empty directories out, or save an archive.");
        }

        if (all.Excess() is { } excess)
        {
            throw TooMuch(name, excess);
        }
    }

    /// <summary>The error of what is more than one entry may hold.</summary>
    public static BuildCacheException TooMuch(string name, string excess) => new(ErrorId.UnsupportedFile,
        $"'{name}' has, with what is saved beside it, {excess}. No entry may hold that. Nothing was saved. Save its parts as entries of their own, or as one archive.");

    /// <summary>All that restoring or explaining an entry takes.</summary>
    public EntryContent ContentOf(CacheEntry entry)
    {
        var blobs = new HashSet<Digest>(Messages);
        foreach (DirectoryListing listing in Listings.Values)
        {
            foreach ((_, TreeFile file) in listing.Files)
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
}

/// <summary>One directory of an entry.</summary>
/// <param name="Tree">The saved path that it belongs to.</param>
/// <param name="Path">Its path below that, empty for the top, with <c>/</c>.</param>
/// <param name="Listing">What it holds.</param>
internal readonly record struct EntryDirectory(SavedPath Tree, string Path, DirectoryListing Listing);
