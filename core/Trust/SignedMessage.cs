using BuildCache.Keys;

namespace BuildCache.Trust;

/// <summary>What a signature is made over: a label of this purpose alone, the key of the entry with its scope, and what its record says.</summary>
/// <remarks>
/// Every field is preceded by its length, so that no two different pairs of key and record have the same message. The record names
/// the digests of all that a restore takes. The bytes are described in <c>docs/signing.md</c> and pinned by golden vectors in the tests.
/// </remarks>
internal static class SignedMessage
{
    /// <summary>Keeps these signatures apart from those that the same key may make for something else.</summary>
    public const string Label = "BuildCache entry signature";

    private const byte Version = 1;

    /// <summary>The message of a record under a key.</summary>
    /// <param name="key">The key that the entry is found by.</param>
    /// <param name="payload">The record without a signature.</param>
    public static byte[] Of(CacheKey key, ReadOnlySpan<byte> payload)
    {
        using var writer = new CanonicalWriter(Version);
        return writer.Text(Label).Bytes(key.CanonicalBytes.Span).Bytes(payload).ToArray();
    }
}
