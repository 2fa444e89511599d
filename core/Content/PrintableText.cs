using System.Buffers;
using System.Text;

namespace BuildCache.Content;

/// <summary>What keeps a text from being printed as it is.</summary>
public enum TextFlaw
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A CI service takes a part of it for a command.</summary>
    CiCommand,

    /// <summary>A terminal, or who reads it, takes a character for something else than a character.</summary>
    ControlCharacter,

    /// <summary>It is not well-formed UTF-16.</summary>
    NotText,
}

/// <summary>Decides whether text that came out of a store or from a server can be printed, and makes it so that it can.</summary>
/// <remarks>Every message of a <see cref="BuildCacheException"/> passes through here, and so does what a compilation repeats.</remarks>
public static class PrintableText
{
    private const char Escape = '\u001B';

    // Text without any of these has no flaw, but for a command at its start.
    private static readonly SearchValues<char> s_special = SearchValues.Create(
        [.. Enumerable.Range(char.MinValue, char.MaxValue + 1).Select(code => (char)code).Where(c => c is '#' or '\n' || char.IsSurrogate(c) || IsForbidden(c))]);

    /// <summary>Finds the first flaw of a text, which may have several lines, tabs and colours.</summary>
    /// <param name="text">The text.</param>
    public static TextFlaw FlawOf(ReadOnlySpan<char> text) => MayHaveFlaw(text) ? Scan(text, result: null, keepsLines: true, keepsColours: true) : TextFlaw.None;

    /// <summary>A text on one line: line breaks become spaces, control characters visible ones, and nothing in it is a command to a CI service.</summary>
    /// <param name="text">The text.</param>
    public static string Line(string text) => Neutralise(text, keepsLines: false);

    /// <summary>As <see cref="Line"/>, with the line breaks that the text has.</summary>
    /// <param name="text">The text.</param>
    public static string Lines(string text) => Neutralise(text, keepsLines: true);

    private static string Neutralise(string text, bool keepsLines)
    {
        if (!MayHaveFlaw(text))
        {
            return text;
        }

        var result = new StringBuilder(text.Length + 16);
        Scan(text, result, keepsLines, keepsColours: false);
        return result.Length == text.Length && result.Equals(text) ? text : result.ToString();
    }

    private static bool MayHaveFlaw(ReadOnlySpan<char> text) =>
        text.ContainsAny(s_special) || (text.TrimStart() is [var first, ..] && (first == ':' || CiCommand.IsIgnored(first)));

    // Without a result it ends at the first flaw.
    private static TextFlaw Scan(ReadOnlySpan<char> text, StringBuilder? result, bool keepsLines, bool keepsColours)
    {
        int lineCommand = CiCommand.AtStart(text);
        for (int i = 0; i < text.Length;)
        {
            char c = text[i];
            if (c is '\n' || (c is '\r' && text[(i + 1)..] is ['\n', ..]))
            {
                int length = c is '\n' ? 1 : 2;
                _ = keepsLines ? result?.Append(text.Slice(i, length)) : result?.Append(' ');
                i += length;
                lineCommand = keepsLines && CiCommand.AtStart(text[i..]) is >= 0 and var at ? i + at : -1;
                continue;
            }

            int colour = c == Escape && keepsColours ? Colour.LengthAt(text[i..]) : 0;
            int whole = colour > 0 ? colour : char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]) ? 2 : 1;
            bool isCommand = i == lineCommand || (c == '#' && CiCommand.IsHere(text[i..]));
            TextFlaw flaw = isCommand ? TextFlaw.CiCommand
                : colour > 0 || whole == 2 ? TextFlaw.None
                : char.IsSurrogate(c) ? TextFlaw.NotText
                : IsForbidden(c) ? TextFlaw.ControlCharacter : TextFlaw.None;
            if (flaw != TextFlaw.None && result is null)
            {
                return flaw;
            }

            _ = flaw switch
            {
                // What is broken up by a space means nothing to any service, and can still be read.
                TextFlaw.CiCommand => result?.Append(c).Append(' '),
                TextFlaw.None => result?.Append(text.Slice(i, whole)),
                _ => result?.Append(VisibleFor(c)),
            };
            i += whole;
        }

        return TextFlaw.None;
    }

    // Controls but for the tab, what ends a line elsewhere, and what turns the direction of text.
    private static bool IsForbidden(char c) =>
        c is < ' ' and not ('\t' or '\n') or (>= '\u007F' and <= '\u009F') or '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');

    private static char VisibleFor(char c) => c switch
    {
        < ' ' => (char)('\u2400' + c),
        '\u007F' => '\u2421',
        _ => '\uFFFD',
    };
}
