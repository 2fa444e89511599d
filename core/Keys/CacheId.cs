using System.Buffers.Text;
using BuildCache.Content;

namespace BuildCache.Keys;

/// <summary>The text form of a key: a prefix, the canonical bytes, and a check against typing errors.</summary>
public static class CacheId
{
    private const string Prefix = "bck1_";
    private const int CheckLength = 4;

    /// <summary>Gives the id of a key.</summary>
    public static string Format(CacheKey key)
    {
        byte[] bytes = [.. key.CanonicalBytes.Span, .. Check(key.Digest)];
        return Prefix + Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads a key back from its id.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidCacheId"/>: the text is no id, or was altered.</exception>
    public static CacheKey Parse(string text)
    {
        if (text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            try
            {
                byte[] bytes = Base64Url.DecodeFromChars(text.AsSpan(Prefix.Length));
                if (bytes.Length > CheckLength)
                {
                    CacheKey key = CacheKey.Read(bytes.AsSpan(0, bytes.Length - CheckLength));
                    // Comparing the text, not the bytes, leaves one id to a key: base64 has spare bits at its end.
                    if (Format(key) == text)
                    {
                        return key;
                    }
                }
            }
            catch (FormatException)
            {
                // Falls through to the one message for all that is wrong with it.
            }
        }

        string shown = text.Length <= 40 ? text : text[..40] + "…";
        throw new BuildCacheException(ErrorId.InvalidCacheId,
            $"'{shown}' is not a cache id. An id starts with '{Prefix}' and comes whole from New-CacheKey (or the task NewCacheKey); to make a key of plain text, pass the text to it.");
    }

    /// <summary>Whether a text claims to be an id.</summary>
    public static bool LooksLikeId(string text) => text.StartsWith(Prefix, StringComparison.Ordinal);

    private static byte[] Check(Digest digest)
    {
        byte[] hash = new byte[Digest.HashLength];
        digest.CopyHashTo(hash);
        return hash[..CheckLength];
    }
}
