using System.Globalization;
using System.Text;

namespace BuildCache.Commands;

/// <summary>Undoes the escapes that texts get in JSON, source code, XML, HTML, CLIXML and addresses, each once and all at the same time.</summary>
/// <remarks>The text has a character for each byte of UTF-8, and so does what comes out.</remarks>
internal static class EscapedText
{
    private const int LongestEntity = 10;

    /// <summary>The text without its escapes, or <see langword="null"/> where it has none.</summary>
    public static string? Undo(string text)
    {
        if (!text.AsSpan().ContainsAny('\\', '&', '%') && !text.Contains("_x", StringComparison.Ordinal))
        {
            return null;
        }

        var result = new StringBuilder(text.Length);
        bool changed = false;
        for (int i = 0; i < text.Length;)
        {
            ReadOnlySpan<char> rest = text.AsSpan(i);
            (int length, int code) = rest[0] switch
            {
                '\\' => Backslash(rest),
                '&' => Entity(rest),
                '%' => Hexadecimal(rest[1..], 2) is >= 0 and var value ? (3, value) : default,
                '_' when rest is ['_', 'x' or 'X', _, _, _, _, '_', ..] => Hexadecimal(rest[2..], 4) is >= 0 and var value ? (7, value) : default,
                _ => default,
            };
            if (length == 0)
            {
                result.Append(text[i++]);
                continue;
            }

            changed = true;
            i += length;
            // The second half of a surrogate pair has an escape of its own.
            if (code is >= 0xD800 and <= 0xDBFF && Backslash(text.AsSpan(i)) is (6, >= 0xDC00 and <= 0xDFFF) low)
            {
                code = char.ConvertToUtf32((char)code, (char)low.Code);
                i += low.Length;
            }

            Append(result, code, isByte: rest[0] == '%' || rest is ['\\', 'x', ..]);
        }

        return changed ? result.ToString() : null;
    }

    private static (int Length, int Code) Backslash(ReadOnlySpan<char> text) => text switch
    {
        ['\\', 'n', ..] => (2, '\n'),
        ['\\', 'r', ..] => (2, '\r'),
        ['\\', 't', ..] => (2, '\t'),
        ['\\', 'b', ..] => (2, '\b'),
        ['\\', 'f', ..] => (2, '\f'),
        ['\\', 'u', ..] => Hexadecimal(text[2..], 4) is >= 0 and var code ? (6, code) : default,
        ['\\', 'x', ..] => Hexadecimal(text[2..], 2) is >= 0 and var code ? (4, code) : default,
        ['\\', >= '!' and <= '~' and not (>= '0' and <= '9' or >= 'A' and <= 'Z' or >= 'a' and <= 'z') and var quoted, ..] => (2, quoted),
        _ => default,
    };

    private static (int Length, int Code) Entity(ReadOnlySpan<char> text)
    {
        int end = text[..Math.Min(text.Length, LongestEntity)].IndexOf(';');
        return end < 0 ? default : text[1..end] switch
        {
            "amp" => (end + 1, '&'),
            "lt" => (end + 1, '<'),
            "gt" => (end + 1, '>'),
            "quot" => (end + 1, '"'),
            "apos" => (end + 1, '\''),
            ['#', 'x' or 'X', .. var digits] when int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code) && Rune.IsValid(code) => (end + 1, code),
            ['#', .. var digits] when int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int code) && Rune.IsValid(code) => (end + 1, code),
            _ => default,
        };
    }

    private static int Hexadecimal(ReadOnlySpan<char> text, int digits) =>
        text.Length >= digits && int.TryParse(text[..digits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value) ? value : -1;

    private static void Append(StringBuilder result, int code, bool isByte)
    {
        if (isByte || code < 0x80)
        {
            result.Append((char)code);
            return;
        }

        foreach (byte part in Encoding.UTF8.GetBytes(Rune.TryCreate(code, out Rune rune) ? rune.ToString() : "\uFFFD"))
        {
            result.Append((char)part);
        }
    }
}
