using BuildCache.Content;

namespace BuildCache.Sources.Archives;

/// <summary>The ref of a source that is one file: <c>sha256:</c> and the digits.</summary>
internal static class Checksum
{
    private const string Prefix = "sha256:";

    /// <summary>Writes a ref.</summary>
    public static string Of(Digest digest) => Of(digest.Hash);

    /// <summary>Writes a ref of digits.</summary>
    public static string Of(string hash) => Prefix + hash;

    /// <summary>The ref in the form of Subresource Integrity, which asset services take.</summary>
    public static string ToIntegrity(string reference) => "sha256-" + Convert.ToBase64String(Convert.FromHexString(reference[Prefix.Length..]));

    /// <summary>The digits of a source's ref.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidRef"/>.</exception>
    public static string HashOf(SourceDeclaration source)
    {
        string? text = source.Ref;
        if (text is not null && text.StartsWith(Prefix, StringComparison.Ordinal) && text.Length == Prefix.Length + (2 * Digest.HashLength)
            && text.AsSpan(Prefix.Length).IndexOfAnyExcept(s_digits) < 0)
        {
            return text[Prefix.Length..].ToLowerInvariant();
        }

        throw new BuildCacheException(ErrorId.InvalidRef, text is null
            ? $"The source {source} has no ref yet. Track it with Resolve-SourceRef, or give its checksum as 'ref'."
            : $"The ref '{text}' of the source {source} is no checksum. Give '{Prefix}' and 64 hexadecimal digits.");
    }

    private static readonly System.Buffers.SearchValues<char> s_digits = System.Buffers.SearchValues.Create("0123456789abcdefABCDEF");
}
