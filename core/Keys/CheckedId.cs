using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using BuildCache.Content;

namespace BuildCache.Keys;

/// <summary>The text form of canonical bytes: a prefix, then base64url of the bytes and of a check against typing errors.</summary>
internal static class CheckedId
{
    private const int CheckLength = 4;

    /// <summary>Writes an id.</summary>
    /// <param name="prefix">Says what the id is of.</param>
    /// <param name="canonicalBytes">What the id holds.</param>
    /// <param name="digest">Their digest.</param>
    public static string Format(string prefix, ReadOnlySpan<byte> canonicalBytes, Digest digest)
    {
        byte[] bytes = new byte[canonicalBytes.Length + CheckLength];
        canonicalBytes.CopyTo(bytes);
        Span<byte> hash = stackalloc byte[Digest.HashLength];
        digest.CopyHashTo(hash);
        hash[..CheckLength].CopyTo(bytes.AsSpan(canonicalBytes.Length));
        return prefix + Base64Url.EncodeToString(bytes);
    }

    /// <summary>Takes the bytes out of an id.</summary>
    /// <returns><see langword="false"/> when the text is no id with this prefix, or was altered.</returns>
    public static bool TryParse(string prefix, string text, [NotNullWhen(true)] out byte[]? canonicalBytes)
    {
        canonicalBytes = null;
        if (text.Length > Ceilings.Id || !text.StartsWith(prefix, StringComparison.Ordinal))
        {
            return false;
        }

        byte[] bytes;
        try
        {
            bytes = Base64Url.DecodeFromChars(text.AsSpan(prefix.Length));
        }
        catch (FormatException)
        {
            return false;
        }

        if (bytes.Length <= CheckLength)
        {
            return false;
        }

        byte[] content = bytes[..^CheckLength];
        // Comparing the text, not the bytes, leaves one id to a thing: base64 has spare bits at its end.
        if (Format(prefix, content, Digest.Of(content)) != text)
        {
            return false;
        }

        canonicalBytes = content;
        return true;
    }

    /// <summary>As much of a text as an error message should show.</summary>
    public static string Shown(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
