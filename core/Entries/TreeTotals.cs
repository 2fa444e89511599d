using BuildCache.Content;
using BuildCache.Files;

namespace BuildCache.Entries;

/// <summary>What there is in a directory and below it, each path counted. Of what is stored it is a sum over distinct directories, without unfolding.</summary>
/// <param name="Files">Files.</param>
/// <param name="Directories">Directories, the top among them.</param>
/// <param name="Links">Symbolic links.</param>
/// <param name="Bytes">Bytes of the files.</param>
/// <param name="Characters">Characters of the paths below the top, and of what links point to.</param>
/// <param name="Depth">Directories inside of each other.</param>
internal readonly record struct TreeTotals(long Files, long Directories, long Links, long Bytes, long Characters, int Depth)
{
    // Sums stay here when no number has them.
    private const long Beyond = long.MaxValue;

    /// <summary>Files, directories and links.</summary>
    public long Nodes => Sum(Sum(Files, Directories), Links);

    /// <summary>Counts a directory on disk.</summary>
    /// <param name="scan">What there is below it.</param>
    /// <param name="bytes">Bytes of its files.</param>
    public static TreeTotals Of(TreeScan scan, long bytes) => new(scan.Files.Count, scan.Directories.Count + 1, scan.Symlinks.Count, bytes,
        scan.Files.Concat(scan.Directories).Sum(path => (long)path.Length) + scan.Symlinks.Sum(link => (long)link.Path.Length + link.Target.Length),
        scan.Directories.Select(path => path.AsSpan().Count('/') + 2).DefaultIfEmpty(1).Max());

    /// <summary>Counts stored directories, each once.</summary>
    /// <param name="listings">All of them.</param>
    /// <param name="top">The one to count from.</param>
    /// <param name="known">What was counted already; receives the rest.</param>
    public static TreeTotals Of(IReadOnlyDictionary<Digest, DirectoryListing> listings, Digest top, Dictionary<Digest, TreeTotals> known)
    {
        var begun = new HashSet<Digest>();
        var pending = new Stack<Digest>([top]);
        while (pending.TryPeek(out Digest digest))
        {
            if (known.ContainsKey(digest))
            {
                pending.Pop();
                continue;
            }

            DirectoryListing listing = listings[digest];
            if (!begun.Add(digest))
            {
                known[pending.Pop()] = Of(listing, known);
                continue;
            }

            foreach ((_, Digest child) in listing.Directories)
            {
                if (!known.ContainsKey(child))
                {
                    pending.Push(begun.Contains(child)
                        ? throw new BuildCacheException(ErrorId.BlobCorrupt, "A directory in the store contains itself. The entry that names it cannot be trusted; remove it.")
                        : child);
                }
            }
        }

        return known[top];
    }

    /// <summary>Both together, one beside the other.</summary>
    public TreeTotals Plus(TreeTotals other) => new(Sum(Files, other.Files), Sum(Directories, other.Directories), Sum(Links, other.Links),
        Sum(Bytes, other.Bytes), Sum(Characters, other.Characters), Math.Max(Depth, other.Depth));

    /// <summary>The same inside of a directory or below a path.</summary>
    /// <param name="nameLength">Characters that each path gets longer by.</param>
    public TreeTotals Below(int nameLength) => this with { Characters = Sum(Characters, (long)Int128.Min((Int128)Nodes * nameLength, Beyond)) };

    /// <summary>What is more than one entry may hold, in words; <see langword="null"/> when it is within the ceilings.</summary>
    public string? Excess() =>
        Nodes > Ceilings.TreeNodes ? $"more than {Ceilings.TreeNodes:N0} files, directories and links"
        : Depth > Ceilings.TreeDepth ? $"more than {Ceilings.TreeDepth:N0} directories inside of each other"
        : Characters > Ceilings.TreeCharacters ? $"paths of more than {Ceilings.TreeCharacters:N0} characters together"
        : Bytes > Ceilings.TreeBytes ? $"more than {Ceilings.TreeBytes >> 40:N0} TiB"
        : null;

    private static TreeTotals Of(DirectoryListing listing, Dictionary<Digest, TreeTotals> known)
    {
        long bytes = 0;
        long characters = 0;
        foreach ((string name, TreeFile file) in listing.Files)
        {
            (bytes, characters) = (Sum(bytes, file.Digest.Size), characters + name.Length);
        }

        foreach ((string name, string target) in listing.Symlinks)
        {
            characters += name.Length + target.Length;
        }

        var below = new TreeTotals(listing.Files.Count, 1, listing.Symlinks.Count, bytes, characters, 0);
        foreach ((string name, Digest child) in listing.Directories)
        {
            below = below.Plus(known[child].Below(name.Length + 1));
        }

        return below with { Depth = Math.Min(below.Depth, int.MaxValue - 1) + 1 };
    }

    private static long Sum(long left, long right) => left > Beyond - right ? Beyond : left + right;
}
