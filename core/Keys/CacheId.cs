namespace BuildCache.Keys;

/// <summary>The text form of a key: a prefix, the canonical bytes, and a check against typing errors.</summary>
public static class CacheId
{
    private const string Prefix = "bck1_";

    /// <summary>Gives the id of a key.</summary>
    public static string Format(CacheKey key) => CheckedId.Format(Prefix, key.CanonicalBytes.Span, key.Digest);

    /// <summary>Reads a key back from its id.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidCacheId"/>: the text is no id, or was altered.</exception>
    public static CacheKey Parse(string text)
    {
        if (CheckedId.TryParse(Prefix, text, out byte[]? bytes))
        {
            try
            {
                return CacheKey.Read(bytes);
            }
            catch (FormatException)
            {
                // Falls through to the one message for all that is wrong with it.
            }
        }

        throw new BuildCacheException(ErrorId.InvalidCacheId,
            $"'{CheckedId.Shown(text)}' is not a cache id. An id starts with '{Prefix}' and comes whole from New-CacheKey (or the task NewCacheKey); to make a key of plain text, pass the text to it.");
    }

    /// <summary>Whether a text claims to be an id.</summary>
    public static bool LooksLikeId(string text) => text.StartsWith(Prefix, StringComparison.Ordinal);
}
