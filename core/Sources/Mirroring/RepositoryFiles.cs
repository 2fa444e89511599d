using BuildCache.Files;

namespace BuildCache.Sources.Mirroring;

/// <summary>The files of a bare repository that a reader over plain HTTP goes by.</summary>
/// <param name="directory">Full path of the repository.</param>
internal sealed class RepositoryFiles(string directory)
{
    /// <summary>The list of packs, which a reader goes by.</summary>
    public const string PackList = "objects/info/packs";

    /// <summary>The list of refs, which a reader begins with.</summary>
    public const string RefListing = "info/refs";

    /// <summary>How many bytes it has.</summary>
    public long Bytes() => new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    /// <summary>Removes what a git that was killed left behind. Only for who has the mirror for itself.</summary>
    public void RemoveLeftovers()
    {
        string[] found =
        [
            .. Directory.EnumerateFiles(directory, "*.lock", SearchOption.AllDirectories),
            .. Directory.EnumerateFiles(Path.Combine(directory, "objects"), "tmp_*", SearchOption.AllDirectories),
            .. Directory.EnumerateFiles(directory, StagingName.Prefix + "*", SearchOption.AllDirectories),
        ];
        foreach (string file in found)
        {
            DirectoryRemoval.Remove(file);
        }
    }

    /// <summary>Whether a reader over plain HTTP sees these refs and all packs, and the refs are in one file.</summary>
    public bool IsPublished(RefList refs)
    {
        string listing = Path.Combine(directory, RefListing);
        string packs = Path.Combine(directory, PackList);
        return File.Exists(listing) && File.Exists(packs)
            && RefList.Parse(File.ReadAllText(listing)).Equals(refs)
            && PackNames().ToHashSet(StringComparer.Ordinal).SetEquals(ListedPacks(File.ReadAllText(packs)))
            && !Directory.EnumerateFiles(Path.Combine(directory, "refs"), "*", SearchOption.AllDirectories).Any();
    }

    /// <summary>Lists all packs.</summary>
    public void WritePackList()
    {
        string file = Path.Combine(directory, PackList);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        AtomicFile.Write(file, string.Concat(PackNames().Order(StringComparer.Ordinal).Select(name => $"P {name}\n")) + "\n");
    }

    private IEnumerable<string> PackNames()
    {
        string packs = Path.Combine(directory, "objects", "pack");
        return Directory.Exists(packs) ? Directory.EnumerateFiles(packs, "*.pack").Select(file => Path.GetFileName(file)) : [];
    }

    private static IEnumerable<string> ListedPacks(string text) =>
        text.Split('\n').Where(line => line.StartsWith("P ", StringComparison.Ordinal)).Select(line => line[2..]);
}
