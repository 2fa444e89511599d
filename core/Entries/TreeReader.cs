using BuildCache.Content;
using BuildCache.Stores;

namespace BuildCache.Entries;

/// <summary>Reads the directories of one entry, each distinct one once, and refuses more than the ceilings.</summary>
internal sealed class TreeReader(CacheEntry entry, IBlobStore blobs, CancellationToken cancellationToken)
{
    private readonly Dictionary<Digest, DirectoryListing> _listings = [];
    private readonly HashSet<Digest> _messages = [];
    private readonly Dictionary<Digest, TreeTotals> _totals = [];
    private long _bytes;
    private long _nodes;

    public async ValueTask<EntryTrees> ReadAsync()
    {
        SavedPath[] tops = [.. entry.Paths.Where(path => path.IsDirectory)];
        ILookup<Digest?, SavedPath> byTree = tops.ToLookup(path => path.Tree);
        // All of them in one request.
        IReadOnlyDictionary<Digest, byte[]> trees = await FetchAsync([.. byTree.Select(group => group.Key).OfType<Digest>()]);
        foreach (IGrouping<Digest?, SavedPath> group in byTree)
        {
            Dictionary<Digest, byte[]>? parts = group.Key is not { } tree ? null
                : trees.TryGetValue(tree, out byte[]? bytes) ? TreeCodec.DecodeTree(bytes) : throw Missing(group.First());
            foreach (SavedPath path in group)
            {
                await WalkAsync(path, parts);
            }
        }

        var read = new EntryTrees(tops, _listings, _messages);
        Check(tops, read);
        return read;
    }

    private async ValueTask WalkAsync(SavedPath tree, Dictionary<Digest, byte[]>? parts)
    {
        // Level by level, so that a deep tree and not a wide one takes many requests.
        List<Digest> level = _listings.ContainsKey(tree.Digest) ? [] : [tree.Digest];
        for (int depth = 0; level.Count > 0; depth++)
        {
            RefuseIf(depth == Ceilings.TreeDepth, tree, $"more than {Ceilings.TreeDepth:N0} directories inside of each other");
            IReadOnlyDictionary<Digest, byte[]> messages = parts ?? await FetchAsync(level);
            HashSet<Digest> below = [];
            foreach (Digest digest in level)
            {
                cancellationToken.ThrowIfCancellationRequested();
                DirectoryListing listing = TreeCodec.Decode(messages.TryGetValue(digest, out byte[]? bytes) ? bytes : throw Missing(tree));
                _listings.Add(digest, listing);
                _nodes += 1 + listing.Files.Count + listing.Directories.Count + listing.Symlinks.Count;
                RefuseIf(_nodes > 2 * Ceilings.TreeNodes, tree, $"more than {Ceilings.TreeNodes:N0} files, directories and links");
                below.UnionWith(listing.Directories.Select(child => child.Digest));
            }

            level = [.. below.Where(digest => !_listings.ContainsKey(digest))];
        }
    }

    private void Check(SavedPath[] tops, EntryTrees read)
    {
        TreeTotals all = default;
        foreach (SavedPath tree in tops)
        {
            TreeTotals totals = TreeTotals.Of(_listings, tree.Digest, _totals);
            all = all.Plus(totals.Below(tree.Path.Length + 1));
            RefuseIf(all.Excess() is { }, tree, all.Excess() ?? "");
            RefuseIf(totals.Files > tree.FileCount || totals.Directories > tree.FileCount + Ceilings.TreeDirectoriesBesidesFiles, tree, $"more than the {tree.FileCount:N0} files that its entry promises");
        }

        // An entry that was saved with such links says so.
        if (!entry.HasOutsideLinks && all.Links > 0)
        {
            RefuseOutsideLinks(tops, read);
        }
    }

    private void RefuseOutsideLinks(SavedPath[] tops, EntryTrees read)
    {
        var paths = new PathSet(entry.Paths.Select(saved => saved.Path));
        foreach ((SavedPath tree, string path, DirectoryListing listing) in tops.SelectMany(tree => read.Unfold(tree, digest => _totals[digest].Links > 0)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            string directory = path.Length == 0 ? tree.Path : $"{tree.Path}/{path}";
            foreach ((string name, string target) in listing.Symlinks)
            {
                if (!SafePath.LinkLeadsTo($"{directory}/{name}", target, paths))
                {
                    throw new BuildCacheException(ErrorId.BlobCorrupt, $"The link '{directory}/{name}' leads out of what it was saved with. The entry cannot be trusted; remove it.");
                }
            }
        }
    }

    private async ValueTask<IReadOnlyDictionary<Digest, byte[]>> FetchAsync(List<Digest> wanted)
    {
        _messages.UnionWith(wanted);
        foreach (Digest blob in wanted)
        {
            // One by one: sizes that somebody made up may have a sum that no number holds.
            _bytes = blob.Size > Ceilings.TreeMessages - _bytes
                ? throw new BuildCacheException(ErrorId.BlobCorrupt, $"The directories of the entry take more than {Ceilings.TreeMessages / 1024 / 1024} MiB to describe. The entry cannot be trusted; remove it.")
                : _bytes + blob.Size;
        }

        return wanted.Count == 0 ? new Dictionary<Digest, byte[]>() : await blobs.ReadAsync(wanted, cancellationToken);
    }

    private static void RefuseIf(bool isTooMuch, SavedPath tree, string what)
    {
        if (isTooMuch)
        {
            throw new BuildCacheException(ErrorId.BlobCorrupt, $"The tree '{tree.Path}' holds {what}. The entry cannot be trusted; remove it.");
        }
    }

    private static BuildCacheException Missing(SavedPath tree) =>
        new(ErrorId.BlobMissing, $"A directory of '{tree.Path}' of the entry is not in the store. The entry is stale; remove it.");
}
