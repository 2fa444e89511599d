using System.Text;
using BuildCache.Content;
using BuildCache.Keys;

namespace BuildCache.Stores.File;

/// <summary>Where the entry of a key stands: one directory for the scope and one for each part, so that a parent holds its children.</summary>
/// <remarks>
/// A name keeps what every file system takes as it is and writes the rest as <c>%</c> and two hexadecimal digits a byte; capitals
/// too, because some file systems do not tell them from small letters. It starts with <c>+</c>, which no device name and no file
/// of ours does. A long name is cut and ends in <c>~</c> and a hash; whoever reads an entry compares the key inside.
/// </remarks>
internal static class KeyPath
{
    // A SHA-256 in hexadecimal stays readable; names this long are allowed everywhere.
    private const int LongestName = 80;
    private const int HashDigits = 32;

    /// <summary>The directory of a key, relative to the directory of all entries.</summary>
    public static string Of(CacheKey key) => Path.Combine([NameOf(key.Scope.ToString()), .. key.Parts.Select(NameOf)]);

    /// <summary>The directory that holds the children among which a restore key matches.</summary>
    public static string ParentOf(CacheKey key) =>
        Path.Combine([NameOf(key.Scope.ToString()), .. key.Parts.Take(key.Parts.Length - 1).Select(NameOf)]);

    /// <summary>Makes the question whether the directory name of a part may belong to a part that starts with a text.</summary>
    public static Func<string, bool> MayStartWith(string prefix)
    {
        (string whole, string escaped) = (NameOf(prefix), Escape(prefix));
        // The same part, or a longer one; a dot that ends this text need not end that one.
        return name => name == whole
            || name.StartsWith(escaped, StringComparison.Ordinal)
            || (IsCut(name) && escaped.StartsWith(name[..LongestName], StringComparison.Ordinal));
    }

    private static string NameOf(string text)
    {
        string escaped = Escape(text);
        // Windows drops a dot at the end of a name.
        escaped = escaped[^1] == '.' ? escaped[..^1] + "%2e" : escaped;
        return escaped.Length <= LongestName ? escaped : $"{escaped[..LongestName]}~{Digest.Of(Encoding.UTF8.GetBytes(text)).Hash[..HashDigits]}";
    }

    private static bool IsCut(string name) => name.Length == LongestName + 1 + HashDigits && name[LongestName] == '~';

    private static string Escape(string text)
    {
        var name = new StringBuilder("+", text.Length + 1);
        foreach (byte character in Encoding.UTF8.GetBytes(text))
        {
            if (character is (>= (byte)'a' and <= (byte)'z') or (>= (byte)'0' and <= (byte)'9') or (byte)'-' or (byte)'_' or (byte)'.')
            {
                name.Append((char)character);
            }
            else
            {
                name.Append('%').Append(Convert.ToHexStringLower([character]));
            }
        }

        return name.ToString();
    }
}
