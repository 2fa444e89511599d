using System.Globalization;
using System.Text;

namespace BuildCache.Configuration.Ci;

/// <summary>Reads a file of Java properties.</summary>
internal static class JavaProperties
{
    private const long LargestFile = 16 << 20;

    /// <summary>Reads a file; one that is not named, not there or not readable holds nothing.</summary>
    public static IReadOnlyDictionary<string, string> Read(string? path)
    {
        try
        {
            // The format's encoding; what it lacks is written as an escape.
            return path is not null && new FileInfo(path) is { Exists: true, Length: <= LargestFile }
                ? Parse(File.ReadAllText(path, Encoding.Latin1))
                : new Dictionary<string, string>();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new Dictionary<string, string>();
        }
    }

    /// <summary>Parses the text of such a file. A later value of a name takes the place of an earlier one.</summary>
    internal static IReadOnlyDictionary<string, string> Parse(string text)
    {
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in LogicalLines(text))
        {
            int end = 0;
            while (end < line.Length && !IsBlank(line[end]) && line[end] is not ('=' or ':'))
            {
                end += line[end] == '\\' ? 2 : 1;
            }

            end = Math.Min(end, line.Length);
            // One separator, with blanks around it.
            string value = line[end..].TrimStart(s_blanks);
            value = value.StartsWith('=') || value.StartsWith(':') ? value[1..].TrimStart(s_blanks) : value;
            properties[Unescape(line[..end])] = Unescape(value);
        }

        return properties;
    }

    private static readonly char[] s_blanks = [' ', '\t', '\f'];

    private static bool IsBlank(char character) => s_blanks.Contains(character);

    // A line that ends in an odd number of backslashes goes on in the next one; comments do not.
    private static IEnumerable<string> LogicalLines(string text)
    {
        var pending = new StringBuilder();
        foreach (string natural in text.Split(["\r\n", "\n", "\r"], StringSplitOptions.None))
        {
            string line = natural.TrimStart(s_blanks);
            if (pending.Length == 0 && (line.Length == 0 || line[0] is '#' or '!'))
            {
                continue;
            }

            int backslashes = line.Length - line.TrimEnd('\\').Length;
            if (backslashes % 2 != 0)
            {
                pending.Append(line, 0, line.Length - 1);
                continue;
            }

            yield return pending.Append(line).ToString();
            pending.Clear();
        }

        if (pending.Length > 0)
        {
            yield return pending.ToString();
        }
    }

    private static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            return text;
        }

        var plain = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || ++i == text.Length)
            {
                plain.Append(i < text.Length ? text[i] : "");
            }
            else if (text[i] == 'u' && i + 4 < text.Length
                && ushort.TryParse(text.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort unit))
            {
                plain.Append((char)unit);
                i += 4;
            }
            else
            {
                plain.Append(text[i] switch { 't' => '\t', 'n' => '\n', 'r' => '\r', 'f' => '\f', char other => other });
            }
        }

        return plain.ToString();
    }
}
