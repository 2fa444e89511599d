using BuildCache.Content;

namespace BuildCache.Commands;

/// <summary>Decides whether what a command wrote can be written again: whether it is text, and nothing that a terminal or a CI service acts on.</summary>
/// <remarks>
/// A run that wrote something else is not saved, because a hit would have to leave it out and could be told from a run; what a store has of the kind was not
/// saved by us, and is a miss.
/// </remarks>
internal static class ReplayCheck
{
    // As much of an unfinished line as a command can begin in.
    private const int LongestOpen = 256;

    /// <summary>Finds the first item that cannot be written again.</summary>
    /// <param name="items">The items.</param>
    /// <returns>What is wrong with it, or <see langword="null"/>.</returns>
    public static TextFlaw? WhyNot(IReadOnlyList<RecordedItem> items)
    {
        string open = "";
        foreach (RecordedItem item in items)
        {
            TextFlaw flaw = item.Line is { } line ? FlawOfLine(open, line) : FlawOf(open, item);
            if (flaw != TextFlaw.None)
            {
                return flaw;
            }

            open = item.IsOpen ? Tail(open + item.OpenText) : "";
        }

        return null;
    }

    private static TextFlaw FlawOfLine(string open, string line) =>
        line.AsSpan().ContainsAny('\r', '\n') ? TextFlaw.ControlCharacter : FlawOf(open, line);

    private static TextFlaw FlawOf(string open, RecordedItem item)
    {
        if (item is { IsOpen: true, OpenText: null })
        {
            return TextFlaw.NotText;
        }

        // How an object is shown is for the host to say, which may begin a line anywhere in a text.
        bool isWrapped = item.Value is not (null or RecordedScalar);
        return item.Texts.Select(text => isWrapped && CiCommand.IsNamedIn(text) ? TextFlaw.CiCommand : FlawOf(open, text)).FirstOrDefault(flaw => flaw != TextFlaw.None);
    }

    // What several items write into one line is one line.
    private static TextFlaw FlawOf(string open, string text) => PrintableText.FlawOf(open.Length == 0 ? text : open + text);

    private static string Tail(string text)
    {
        text = text[(text.LastIndexOf('\n') + 1)..];
        return text.Length <= LongestOpen ? text : "x" + text[^(LongestOpen - 1)..];
    }
}
