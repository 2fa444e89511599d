using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using BuildCache.Content;

namespace BuildCache.Keys;

/// <summary>A stable id for what work uses and nobody can hash: a socket, an SSH agent, a secret, a named pipe.</summary>
/// <remarks>
/// Equal ids mean that the results of work that used the resource may be shared. The format is described in
/// <c>docs/key-format.md</c> and pinned by golden vectors in the tests.
/// </remarks>
public sealed class ResourceId : IEquatable<ResourceId>
{
    private const string Prefix = "bcr1_";
    private const byte FormatVersion = 1;
    private const int CheckLength = 4;

    private readonly byte[] _bytes;

    /// <summary>Makes an id.</summary>
    /// <param name="kind">What sort of resource.</param>
    /// <param name="name">What it is called: a path, the name of a variable, or the name that the caller vouches for; empty where nothing names it.</param>
    /// <param name="digest">What tells it from others.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidCacheKey"/>: the name is not well-formed text.</exception>
    internal ResourceId(ResourceKind kind, string name, Digest digest)
    {
        if (!CacheKey.IsWellFormed(name))
        {
            throw new BuildCacheException(ErrorId.InvalidCacheKey, "The name of a resource is not well-formed text (half of a surrogate pair). Give it another name.");
        }

        (Kind, Name, Digest) = (kind, name, digest);
        Span<byte> hash = stackalloc byte[Digest.HashLength];
        digest.CopyHashTo(hash);
        using var writer = new CanonicalWriter(FormatVersion);
        _bytes = writer.Tag((byte)kind).Text(name).Text(digest.Size.ToString(CultureInfo.InvariantCulture)).Bytes(hash).ToArray();
    }

    /// <summary>What sort of resource it is.</summary>
    public ResourceKind Kind { get; }

    /// <summary>What it is called: a path, the name of a variable, or the name that the caller vouched for; empty where nothing names it.</summary>
    public string Name { get; }

    /// <summary>What tells it from others. That of a secret does not give the secret away.</summary>
    public Digest Digest { get; }

    /// <summary>The text form, from which the id can be read back.</summary>
    public string Id => Prefix + Base64Url.EncodeToString([.. _bytes, .. SHA256.HashData(_bytes).AsSpan(0, CheckLength)]);

    /// <summary>Reads an id back from its text form.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidCacheId"/>: the text is no id of a resource, or was altered.</exception>
    public static ResourceId Parse(string text)
    {
        if (text.Length <= Ceilings.Id && text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            try
            {
                byte[] bytes = Base64Url.DecodeFromChars(text.AsSpan(Prefix.Length));
                // Comparing the text, not the bytes, leaves one text to an id: base64 has spare bits at its end.
                if (bytes.Length > CheckLength && Read(bytes.AsSpan(0, bytes.Length - CheckLength)) is var id && id.Id == text)
                {
                    return id;
                }
            }
            catch (Exception error) when (error is FormatException or OverflowException or BuildCacheException)
            {
                // Falls through to the one message for all that is wrong with it. What it was is not told: it may be a secret, given by mistake.
            }
        }

        throw new BuildCacheException(ErrorId.InvalidCacheId,
            $"A text of {text.Length} characters was given for a resource and is not the id of one. An id starts with '{Prefix}' and comes whole from Get-CacheResourceId.");
    }

    /// <summary>The resource as an input of a fingerprint.</summary>
    /// <remarks>Where nothing names it, the beginning of the digest does, so that one piece of work can use several.</remarks>
    public FingerprintInput ToInput() => new("resource", $"{NameOf(Kind)}:{(Name.Length > 0 ? Name : Digest.Hash[..16])}", Digest);

    /// <inheritdoc/>
    public bool Equals(ResourceId? other) => other is not null && _bytes.AsSpan().SequenceEqual(other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ResourceId);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, Name, Digest);

    /// <summary>The text form.</summary>
    public override string ToString() => Id;

    /// <summary>The name of a kind in texts: <c>ssh-agent</c>.</summary>
    internal static string NameOf(ResourceKind kind) => kind switch
    {
        ResourceKind.Socket => "socket",
        ResourceKind.SshAgent => "ssh-agent",
        ResourceKind.Secret => "secret",
        _ => "pipe",
    };

    private static ResourceId Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new CanonicalReader(bytes);
        if (reader.Tag() != FormatVersion || (ResourceKind)reader.Tag() is var kind && !Enum.IsDefined(kind))
        {
            throw new FormatException();
        }

        string name = reader.Text();
        long size = long.Parse(reader.Text(), NumberStyles.None, CultureInfo.InvariantCulture);
        ReadOnlySpan<byte> hash = reader.Bytes();
        reader.End();
        return hash.Length == Digest.HashLength ? new ResourceId(kind, name, new Digest(hash, size)) : throw new FormatException();
    }
}
