using System.Globalization;
using System.Text;
using BuildCache.Content;

namespace BuildCache.Sources.Mirroring;

/// <summary>What a mirror in a bucket holds: the digest of each object by its name.</summary>
/// <param name="Files">The digests, by the paths below the mirror, with <c>/</c>.</param>
internal sealed record MirrorManifest(SortedDictionary<string, Digest> Files)
{
    /// <summary>The name of the object that holds it.</summary>
    public const string Name = MirrorPlace.Own + "/manifest";

    private const string Header = "buildcache-mirror 1";

    // What git would do things by: a bucket is no place for it, and nobody writes it there but to do harm.
    private static readonly string[] s_obeyed = ["config", "config.worktree", "commondir", "gitdir", "alternates", "http-alternates"];

    /// <summary>That of a mirror that holds nothing yet.</summary>
    public static MirrorManifest Empty() => new(new SortedDictionary<string, Digest>(StringComparer.Ordinal));

    /// <summary>Reads one.</summary>
    /// <param name="where">Where it comes from, for messages.</param>
    /// <param name="content">Its bytes, which anybody may have written.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.UnsupportedFormat"/>.</exception>
    public static MirrorManifest Parse(string where, ReadOnlySpan<byte> content)
    {
        MirrorManifest manifest = Empty();
        if (TakeLine(ref content) != Header)
        {
            throw Invalid(where);
        }

        while (!content.IsEmpty)
        {
            string line = TakeLine(ref content);
            if (line.Length == 0)
            {
                continue;
            }

            string[] parts = line.Split(' ', 3);
            if (parts.Length < 3 || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out long size)
                || !Digest.TryParse(parts[0], size, out Digest digest) || !SafePath.IsRelative(parts[2]))
            {
                throw Invalid(where);
            }

            if (IsTaken(parts[2]))
            {
                manifest.Files[parts[2]] = digest;
            }
        }

        return manifest;
    }

    /// <summary>Its bytes.</summary>
    public byte[] ToBytes()
    {
        var text = new StringBuilder(Header).Append('\n');
        foreach ((string path, Digest digest) in Files)
        {
            text.Append(CultureInfo.InvariantCulture, $"{digest.Hash} {digest.Size} {path}\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>The directories that are repositories.</summary>
    public IReadOnlySet<string> Repositories()
    {
        const string End = "/" + RepositoryFiles.RefListing;
        return Files.Keys.Where(path => path.EndsWith(End, StringComparison.Ordinal)).Select(path => path[..^End.Length])
            .Where(directory => Files.ContainsKey(directory + "/HEAD")).ToHashSet(StringComparer.Ordinal);
    }

    // One at a time: as text, a list of a million files takes much more memory than it has bytes.
    private static string TakeLine(ref ReadOnlySpan<byte> content)
    {
        int end = content.IndexOf((byte)'\n');
        string line = Encoding.UTF8.GetString(end < 0 ? content : content[..end]);
        content = end < 0 ? [] : content[(end + 1)..];
        return line;
    }

    // Whatever the case: there are file systems that pay no heed to it.
    private static bool IsTaken(string path) => !s_obeyed.Contains(path[(path.LastIndexOf('/') + 1)..], StringComparer.OrdinalIgnoreCase)
        && !IsHook(path)
        && (!path.StartsWith(MirrorPlace.Own + "/", StringComparison.OrdinalIgnoreCase) || path.StartsWith(MirrorPlace.Own + "/kept/", StringComparison.Ordinal));

    // Where files have no executable bit, git runs any file of such a name. A file that is mirrored has an ending.
    private static bool IsHook(string path) => path.Split('/') is [.., var folder, var name] && folder.Equals("hooks", StringComparison.OrdinalIgnoreCase)
        && (Path.GetExtension(name) is { } ending && (ending.Length == 0 || ending.Equals(".exe", StringComparison.OrdinalIgnoreCase)));

    private static BuildCacheException Invalid(string where) =>
        new(ErrorId.UnsupportedFormat, $"'{Name}' in {where} is no list of a mirror's files that this version can read. Use a newer version, or another prefix.");
}
