using System.Buffers;
using System.Text;

namespace BuildCache.Commands;

/// <summary>The forms in which secrets stand in logs and files: plain, quoted, in base64 at each alignment, in hexadecimal digits, in UTF-16. Escapes are undone in what is looked at.</summary>
internal sealed class SecretForms
{
    // Shorter ones stand in any text by chance.
    private const int ShortestSecret = 4;
    private const int ShortestLine = 16;
    private const int ShortestBase64 = 6;

    // Text in JSON in XML in JSON.
    private const int MostEscapes = 3;

    private static readonly SearchValues<char> s_breaks = SearchValues.Create(" \t\r\n");
    private static readonly SearchValues<char> s_separators = SearchValues.Create(" \t\r\n-:");

    private readonly SearchValues<string> _plain;
    private readonly SearchValues<string> _binary;
    private readonly SearchValues<string> _packed;
    private readonly bool _isEmpty;

    public SecretForms(IEnumerable<string> secrets)
    {
        // Of a key of several lines any line gives it away.
        string[] values =
        [
            .. secrets.SelectMany(secret => (string[])[secret, secret.Trim(), secret.ReplaceLineEndings("\n").Trim(), .. secret.Split('\n').Select(line => line.Trim()).Where(line => line.Length >= ShortestLine)])
                .Where(value => value.Length >= ShortestSecret).Distinct(StringComparer.Ordinal),
        ];
        _isEmpty = values.Length == 0;
        _plain = Search(values.SelectMany(PlainOf).Select(Bytes));
        _packed = Search(values.SelectMany(PackedOf));
        _binary = Search(values.SelectMany(value => (string[])[Latin(Encoding.Unicode.GetBytes(value)), Latin(Encoding.BigEndianUnicode.GetBytes(value))]));
    }

    /// <summary>Whether one stands in a text.</summary>
    public bool AreIn(string text) => !_isEmpty && text.Length > 0 && AreInView(Bytes(text));

    /// <summary>Whether one stands in a file.</summary>
    public bool AreIn(byte[] content) => !_isEmpty && (Latin(content) is var text && (AreInView(text) || text.AsSpan().ContainsAny(_binary)));

    private bool AreInView(string text)
    {
        // Base64 comes in lines, and hexadecimal digits in groups.
        if (text.AsSpan().ContainsAny(_plain) || text.AsSpan().ContainsAny(_packed)
            || Without(s_breaks, text).AsSpan().ContainsAny(_packed) || Without(s_separators, text).AsSpan().ContainsAny(_packed))
        {
            return true;
        }

        for (int i = 0; i < MostEscapes && EscapedText.Undo(text) is { } inner; i++)
        {
            text = inner;
            if (text.AsSpan().ContainsAny(_plain) || text.AsSpan().ContainsAny(_packed))
            {
                return true;
            }
        }

        return text.Contains('\r', StringComparison.Ordinal) && text.ReplaceLineEndings("\n").AsSpan().ContainsAny(_plain);
    }

    // What undoing escapes makes of the secret itself is looked for too: the two may not be told apart.
    private static IEnumerable<string> PlainOf(string value)
    {
        string? form = value;
        for (int i = 0; i <= MostEscapes && form?.Length >= ShortestSecret; i++)
        {
            yield return form;
            form = EscapedText.Undo(form);
        }

        // As a shell, PowerShell, SQL, CSV and a form quote it.
        yield return value.Replace("'", "'\\''", StringComparison.Ordinal);
        yield return value.Replace("'", "''", StringComparison.Ordinal);
        yield return value.Replace("\"", "\"\"", StringComparison.Ordinal);
        yield return value.Replace(' ', '+');
    }

    private static IEnumerable<string> PackedOf(string value)
    {
        foreach (byte[] bytes in (byte[][])[Encoding.UTF8.GetBytes(value), Encoding.Unicode.GetBytes(value)])
        {
            yield return Convert.ToHexStringLower(bytes);
            yield return Convert.ToHexString(bytes);
            for (int before = 0; before < 3; before++)
            {
                string encoded = Convert.ToBase64String([.. new byte[before], .. bytes]).TrimEnd('=');
                // The characters that the secret alone decides: the first ones also depend on what is before it, the last on what comes after.
                int first = before == 0 ? 0 : before + 1;
                string inner = encoded[first..((before + bytes.Length) * 8 / 6)];
                if (inner.Length >= ShortestBase64)
                {
                    yield return inner;
                    yield return inner.Replace('+', '-').Replace('/', '_');
                }
                else if (before == 0)
                {
                    yield return encoded;
                }
            }
        }
    }

    private static string Without(SearchValues<char> left, string text)
    {
        int count = text.AsSpan().CountAny(left);
        return count == 0 ? "" : string.Create(text.Length - count, (text, left), static (kept, from) =>
        {
            int next = 0;
            foreach (char c in from.text)
            {
                if (!from.left.Contains(c))
                {
                    kept[next++] = c;
                }
            }
        });
    }

    private static SearchValues<string> Search(IEnumerable<string> forms) => SearchValues.Create([.. forms.Distinct(StringComparer.Ordinal)], StringComparison.Ordinal);

    // A character for each byte of UTF-8, so that texts and files are looked at in the same way.
    private static string Bytes(string text) => Ascii.IsValid(text) ? text : Latin(Encoding.UTF8.GetBytes(text));

    private static string Latin(byte[] bytes) => Encoding.Latin1.GetString(bytes);
}
