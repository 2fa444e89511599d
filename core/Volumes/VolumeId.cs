using BuildCache.Keys;

namespace BuildCache.Volumes;

/// <summary>The text form of what a volume is: it can be passed to another process, which then has the same volume.</summary>
public static class VolumeId
{
    private const string Prefix = "bcv1_";

    /// <summary>Gives the id of a volume.</summary>
    public static string Format(VolumeIdentity identity) => CheckedId.Format(Prefix, identity.CanonicalBytes.Span, identity.Digest);

    /// <summary>Reads what a volume is back from its id.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidVolumeId"/>: the text is no id, or was altered.</exception>
    public static VolumeIdentity Parse(string text)
    {
        if (CheckedId.TryParse(Prefix, text, out byte[]? bytes))
        {
            try
            {
                return VolumeIdentity.Read(bytes);
            }
            catch (FormatException)
            {
                // Falls through to the one message for all that is wrong with it.
            }
        }

        throw new BuildCacheException(ErrorId.InvalidVolumeId,
            $"'{CheckedId.Shown(text)}' is not the id of a volume. An id starts with '{Prefix}' and comes whole from Get-CacheVolume (or the task GetCacheVolume); for the volume of a key, use Get-CacheVolume -Key.");
    }

    /// <summary>Whether a text claims to be an id of a volume.</summary>
    public static bool LooksLikeId(string text) => text.StartsWith(Prefix, StringComparison.Ordinal);
}
