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

    // Of a million objects and more.
    public const int Largest = 256 * 1024 * 1024;

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
        string[] lines = Encoding.UTF8.GetString(content).Split('\n');
        foreach (string line in lines[0] == Header ? lines.Skip(1).Where(line => line.Length > 0) : throw Invalid(where))
        {
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

    private static bool IsTaken(string path) => !s_obeyed.Contains(path[(path.LastIndexOf('/') + 1)..])
        && (!path.StartsWith(MirrorPlace.Own + "/", StringComparison.Ordinal) || path.StartsWith(MirrorPlace.Own + "/kept/", StringComparison.Ordinal));

    private static BuildCacheException Invalid(string where) =>
        new(ErrorId.UnsupportedFormat, $"'{Name}' in {where} is no list of a mirror's files that this version can read. Use a newer version, or another prefix.");
}
