using BuildCache.Content;

namespace BuildCache.RemoteApis;

/// <summary>Digests as they are in messages.</summary>
internal static class WireDigest
{
    /// <summary>More than a digest takes in any message: two tags, two lengths, the hash as text, a size.</summary>
    public const int LongestEncoding = 96;

    public static Content.Wire.Digest ToWire(this Digest digest) => new() { Hash = digest.Hash, SizeBytes = digest.Size };

    /// <summary>Reads a digest that a server named.</summary>
    /// <returns><see langword="null"/> when it is no SHA-256 with a size.</returns>
    public static Digest? FromWire(this Content.Wire.Digest? digest) =>
        digest is not null && Digest.TryParse(digest.Hash, digest.SizeBytes, out Digest parsed) ? parsed : null;
}
