using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.Keys;

namespace BuildCache.Volumes;

/// <summary>What makes a volume the one it is. Two volumes that differ in any of it share nothing.</summary>
/// <remarks>The format of the canonical bytes is described in <c>docs/key-format.md</c> and pinned by golden vectors in the tests.</remarks>
public sealed class VolumeIdentity : IEquatable<VolumeIdentity>
{
    private const byte FormatVersion = 1;
    private const byte Absent = 0;
    private const byte Present = 1;

    /// <summary>Makes an identity.</summary>
    /// <param name="key">Names the volume, within its scope.</param>
    /// <param name="sharing">Who may use it at the same time.</param>
    /// <param name="source">The directory that a new volume starts as a copy of, as <see cref="NameSource"/> writes it.</param>
    /// <param name="run">The run whose own fresh volume it is.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidCacheKey"/>: the source or the run is empty or no text.</exception>
    public VolumeIdentity(CacheKey key, VolumeSharing sharing = VolumeSharing.Shared, string? source = null, string? run = null)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (!Enum.IsDefined(sharing))
        {
            throw new ArgumentOutOfRangeException(nameof(sharing), sharing, null);
        }

        (Key, Sharing, Source, Run) = (key, sharing, Checked(source, "source"), Checked(run, "run"));
        using var writer = new CanonicalWriter(FormatVersion);
        writer.Bytes(key.CanonicalBytes.Span).Tag((byte)sharing);
        Write(writer, source);
        Write(writer, run);
        CanonicalBytes = writer.ToArray();
        Digest = Digest.Of(CanonicalBytes.Span);
    }

    /// <summary>Names the volume, within its scope.</summary>
    public CacheKey Key { get; }

    /// <summary>Who may use it at the same time.</summary>
    public VolumeSharing Sharing { get; }

    /// <summary>The directory that a new volume starts as a copy of, by name: what it holds later changes no volume.</summary>
    public string? Source { get; }

    /// <summary>The run whose own fresh volume it is; <see langword="null"/> for one that stays.</summary>
    public string? Run { get; }

    /// <summary>The canonical bytes: different for every two different identities.</summary>
    public ReadOnlyMemory<byte> CanonicalBytes { get; }

    /// <summary>The digest of the canonical bytes.</summary>
    public Digest Digest { get; }

    /// <summary>The text form, from which the identity can be read back.</summary>
    public string Id => VolumeId.Format(this);

    /// <summary>Names a directory so that it has one name in every checkout: relative to the workspace root with <c>/</c>, else its full path.</summary>
    /// <param name="workspace">The workspace.</param>
    /// <param name="directory">Full path of the directory.</param>
    public static string NameSource(Workspace workspace, string directory)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        string relative = Path.GetRelativePath(workspace.Root, full);
        bool leaves = Path.IsPathRooted(relative) || relative == ".." || relative.StartsWith(".." + Path.DirectorySeparatorChar, StringComparison.Ordinal);
        return leaves ? full : relative.Replace(Path.DirectorySeparatorChar, '/');
    }

    /// <summary>Reads an identity from its canonical bytes.</summary>
    /// <exception cref="FormatException">They are not the canonical bytes of any identity of this version.</exception>
    internal static VolumeIdentity Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new CanonicalReader(bytes);
        if (reader.Tag() != FormatVersion)
        {
            throw new FormatException();
        }

        CacheKey key = CacheKey.Read(reader.Bytes());
        var sharing = (VolumeSharing)reader.Tag();
        (string? source, string? run) = (ReadText(ref reader), ReadText(ref reader));
        reader.End();
        try
        {
            return new VolumeIdentity(key, sharing, source, run);
        }
        catch (Exception error) when (error is BuildCacheException or ArgumentException)
        {
            throw new FormatException(error.Message, error);
        }
    }

    /// <inheritdoc/>
    public bool Equals(VolumeIdentity? other) => other is not null && Digest == other.Digest;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as VolumeIdentity);

    /// <inheritdoc/>
    public override int GetHashCode() => Digest.GetHashCode();

    /// <summary>For people: the key and what else tells it from others. It cannot be read back; <see cref="Id"/> can.</summary>
    public override string ToString() =>
        $"{Key} ({Sharing}{(Source is null ? "" : $", seeded from '{Source}'")}{(Run is null ? "" : $", of run '{Run}'")})";

    private static void Write(CanonicalWriter writer, string? text)
    {
        if (text is null)
        {
            writer.Tag(Absent);
        }
        else
        {
            writer.Tag(Present).Text(text);
        }
    }

    private static string? ReadText(ref CanonicalReader reader) => reader.Tag() switch
    {
        Absent => null,
        Present => reader.Text(),
        _ => throw new FormatException(),
    };

    private static string? Checked(string? text, string what) => text is null || (text.Length > 0 && CacheKey.IsWellFormed(text)) ? text
        : throw new BuildCacheException(ErrorId.InvalidCacheKey, $"The {what} of a volume is empty or not well-formed text. Leave it out, or give a name.");
}
