using System.Text;

namespace BuildCache.MSBuild.Compilers;

/// <summary>The quoting rules of compiler command lines and response files.</summary>
/// <remarks>Those of <c>csc</c> and <c>vbc</c>: a quote toggles, a backslash before a quote takes its meaning away, and a quote stays in the
/// argument until the switch that it belongs to is read, because a list inside of quotes is one item.</remarks>
internal static class ArgumentText
{
    /// <summary>Splits a command line at blanks outside of quotes.</summary>
    /// <param name="text">The command line, or the content of a response file; there <c>#</c> at the start of an argument begins a comment.</param>
    public static IEnumerable<string> Split(string text)
    {
        int at = 0;
        while (at < text.Length)
        {
            while (at < text.Length && char.IsWhiteSpace(text[at]))
            {
                at++;
            }

            if (at == text.Length)
            {
                yield break;
            }

            if (text[at] == '#')
            {
                while (at < text.Length && text[at] is not ('\n' or '\r'))
                {
                    at++;
                }

                continue;
            }

            int start = at;
            bool quoted = false;
            for (int slashes = 0; at < text.Length && (quoted || !char.IsWhiteSpace(text[at])) && text[at] is not ('\n' or '\r'); at++)
            {
                if (text[at] == '"' && slashes % 2 == 0)
                {
                    quoted = !quoted;
                }

                slashes = text[at] == '\\' ? slashes + 1 : 0;
            }

            yield return text[start..at];
        }
    }

    /// <summary>Splits a list at separators outside of quotes, and takes the quotes away.</summary>
    public static IReadOnlyList<string> List(string text, params ReadOnlySpan<char> separators)
    {
        if (text.AsSpan().IndexOfAny(separators) < 0)
        {
            return [Unquote(text)];
        }

        List<string> items = [];
        int start = 0;
        bool quoted = false;
        for (int at = 0; at <= text.Length; at++)
        {
            if (at == text.Length || (!quoted && separators.Contains(text[at])))
            {
                items.Add(Unquote(text[start..at]));
                start = at + 1;
            }
            else if (text[at] == '"' && (at == 0 || text[at - 1] != '\\'))
            {
                quoted = !quoted;
            }
        }

        return items;
    }

    /// <summary>Takes the quotes away.</summary>
    public static string Unquote(string text)
    {
        if (!text.Contains('"', StringComparison.Ordinal))
        {
            return text;
        }

        var plain = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length; at++)
        {
            if (text[at] == '\\')
            {
                int slashes = 0;
                while (at < text.Length && text[at] == '\\')
                {
                    slashes++;
                    at++;
                }

                bool beforeQuote = at < text.Length && text[at] == '"';
                plain.Append('\\', beforeQuote ? slashes / 2 : slashes);
                if (beforeQuote && slashes % 2 == 1)
                {
                    plain.Append('"');
                }
                else
                {
                    at--;
                }
            }
            else if (text[at] != '"')
            {
                plain.Append(text[at]);
            }
        }

        return plain.ToString();
    }
}
