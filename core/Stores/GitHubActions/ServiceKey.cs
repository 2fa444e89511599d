using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BuildCache.Content;
using BuildCache.Keys;

namespace BuildCache.Stores.GitHubActions;

/// <summary>The names under which the service keeps things: at most 512 characters, no commas, found whole or by a prefix.</summary>
/// <remarks>
/// Only <c>a</c>–<c>z</c>, <c>0</c>–<c>9</c>, <c>-</c> and <c>.</c> of a key stay as they are; every other byte is <c>=</c> and two
/// hexadecimal digits. So <c>/</c>, <c>#</c> and <c>~</c> mean what they mean here and nothing else, and a service that takes
/// <c>%</c> or <c>_</c> for a wildcard or does not tell capitals from small letters gives the same answers as one that does.
/// </remarks>
internal static class ServiceKey
{
    /// <summary>The most characters that the service takes.</summary>
    public const int MostCharacters = 512;

    private static readonly SearchValues<char> s_characters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-.=/~#");

    private const string Digits = "0123456789abcdef";

    // A SHA-256 in hexadecimal stays readable, and so does the name of a project and its configuration.
    private const int LongestPart = 120;
    private const int HashDigits = 32;
    private const int CutPart = LongestPart - 1 - HashDigits;

    private const string StampFormat = "yyyyMMddHHmmssfff";

    // Leaves room for '#', the time and the random digits.
    private const int LongestKey = 470;
    private const int CutKey = LongestKey - 2 - HashDigits;

    /// <summary>What every name of an entry of exactly this key starts with.</summary>
    public static string PrefixOf(CacheKey key) => NameOf(key) + "#";

    /// <summary>A new name for an entry: names of one key sort by time, and no two are equal.</summary>
    public static string NewEntry(CacheKey key, DateTimeOffset written) => $"{PrefixOf(key)}{Stamp(written)}";

    /// <summary>What the names of all entries below the parent of a key start with.</summary>
    public static string SiblingsOf(CacheKey key) => Fit(ParentOf(key));

    /// <summary>What the name of an entry may start with when a restore key matches its key, what is likeliest first.</summary>
    public static IReadOnlyList<string> PrefixesFor(CacheKey restoreKey)
    {
        string parent = ParentOf(restoreKey);
        string last = Escape(restoreKey.Parts[^1]);
        List<string> prefixes = [];
        if (last.Length <= LongestPart)
        {
            prefixes.Add(parent + last);
        }
        else
        {
            // The very part; and after it the others that are as long and start alike.
            prefixes.Add(parent + Cut(last, restoreKey.Parts[^1]));
        }

        if (last.Length > CutPart)
        {
            prefixes.Add($"{parent}{last[..CutPart]}~");
        }

        return [.. prefixes.Where(prefix => prefix.Length <= LongestKey)];
    }

    /// <summary>When the entry of this name was written, as its writer says; the least time when the name says nothing.</summary>
    public static DateTimeOffset WrittenOf(string name)
    {
        int mark = name.LastIndexOf('#');
        return mark >= 0 && name.Length > mark + StampFormat.Length
            && DateTimeOffset.TryParseExact(name.AsSpan(mark + 1, StampFormat.Length), StampFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset written)
                ? written
                : DateTimeOffset.MinValue;
    }

    /// <summary>Whether the service takes a name that somebody else wrote down.</summary>
    public static bool IsName(string text) => text.Length is > 0 and <= MostCharacters && !text.AsSpan().ContainsAnyExcept(s_characters);

    /// <summary>The time and random digits that make a name unique.</summary>
    public static string Stamp(DateTimeOffset time) =>
        $"{time.UtcDateTime.ToString(StampFormat, CultureInfo.InvariantCulture)}-{RandomNumberGenerator.GetHexString(12, lowercase: true)}";

    private static string NameOf(CacheKey key)
    {
        string name = $"{ParentOf(key)}{NameOf(key.Parts[^1])}";
        // Two marks, which no shorter name has: a key that was cut as a whole takes nobody's place.
        return name.Length <= LongestKey ? name : $"{name[..CutKey]}~~{key.Digest.Hash[..HashDigits]}";
    }

    private static string Fit(string prefix) => prefix.Length <= CutKey ? prefix : prefix[..CutKey];

    private static string ParentOf(CacheKey key) =>
        string.Concat(key.Parts[..^1].Prepend(key.Scope.ToString()).Select(part => NameOf(part) + "/"));

    private static string NameOf(string part)
    {
        string escaped = Escape(part);
        return escaped.Length <= LongestPart ? escaped : Cut(escaped, part);
    }

    private static string Cut(string escaped, string part) =>
        $"{escaped[..CutPart]}~{Digest.Of(Encoding.UTF8.GetBytes(part)).Hash[..HashDigits]}";

    private static string Escape(string text)
    {
        var name = new StringBuilder(text.Length);
        foreach (byte character in Encoding.UTF8.GetBytes(text))
        {
            if (character is (>= (byte)'a' and <= (byte)'z') or (>= (byte)'0' and <= (byte)'9') or (byte)'-' or (byte)'.')
            {
                name.Append((char)character);
            }
            else
            {
                name.Append('=').Append(Digits[character >> 4]).Append(Digits[character & 15]);
            }
        }

        return name.ToString();
    }
}
