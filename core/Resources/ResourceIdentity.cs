using BuildCache.Content;
using BuildCache.Keys;

namespace BuildCache.Resources;

/// <summary>Digests what tells a resource from others. The bytes are described in <c>docs/key-format.md</c>.</summary>
internal static class ResourceIdentity
{
    private const byte FormatVersion = 1;

    /// <summary>By a name that the caller vouches for, and what serves it if that is told too.</summary>
    public static Digest ByName(ResourceKind kind, string name, Digest? servedBy)
    {
        using CanonicalWriter writer = Begin(kind, servedBy is null ? Basis.Name : Basis.NameAndServer);
        writer.Text(name);
        if (servedBy is { } server)
        {
            writer.Text(server.ToString());
        }

        return Digest.Of(writer.ToArray());
    }

    /// <summary>By the place where it is and what serves it there.</summary>
    public static Digest ByServer(ResourceKind kind, string place, Digest servedBy)
    {
        using CanonicalWriter writer = Begin(kind, Basis.PlaceAndServer);
        return Digest.Of(writer.Text(place).Text(servedBy.ToString()).ToArray());
    }

    /// <summary>As this very one, which nobody vouches for: by place, machine, and the file that it is.</summary>
    public static Digest ByItself(ResourceKind kind, string place, string host, string node)
    {
        using CanonicalWriter writer = Begin(kind, Basis.Itself);
        return Digest.Of(writer.Text(place).Text(host).Text(node).ToArray());
    }

    /// <summary>By the fingerprints of public keys, in any order and however often.</summary>
    public static Digest ByKeys(IEnumerable<byte[]> fingerprints)
    {
        List<byte[]> sorted = [.. fingerprints.DistinctBy(Convert.ToHexString).OrderBy(Convert.ToHexString, StringComparer.Ordinal)];
        using CanonicalWriter writer = Begin(ResourceKind.SshAgent, Basis.Keys);
        writer.Count(sorted.Count);
        foreach (byte[] fingerprint in sorted)
        {
            writer.Bytes(fingerprint);
        }

        return Digest.Of(writer.ToArray());
    }

    /// <summary>By the slow hash of a value.</summary>
    public static Digest ByValue(ReadOnlySpan<byte> slowHash)
    {
        using CanonicalWriter writer = Begin(ResourceKind.Secret, Basis.Value);
        return Digest.Of(writer.Bytes(slowHash).ToArray());
    }

    private static CanonicalWriter Begin(ResourceKind kind, Basis basis) => new CanonicalWriter(FormatVersion).Tag((byte)kind).Tag((byte)basis);

    // Part of the format: never change them.
    private enum Basis : byte
    {
        Name = 1,
        NameAndServer = 2,
        PlaceAndServer = 3,
        Itself = 4,
        Keys = 5,
        Value = 6,
    }
}
