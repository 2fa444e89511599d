using System.Globalization;

namespace BuildCache.Content;

/// <summary>Finds what a CI service takes for a command in the output of a job.</summary>
/// <remarks>
/// Azure Pipelines looks for <c>##vso[</c> anywhere in a line, GitHub for <c>##[</c> anywhere and for <c>::name::</c> at the start after white space,
/// TeamCity for <c>##teamcity[</c>, Octopus for <c>##octopus[</c>. Some compare by culture, which passes over characters that have no weight.
/// The sections of GitLab need an escape and a carriage return.
/// </remarks>
internal static class CiCommand
{
    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> s_names = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
    {
        "add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "internal-set-repo-path", "notice",
        "remove-matcher", "save-state", "set-env", "set-output", "stop-commands", "warning",
    }.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Whether a command begins at the first character, which is <c>#</c>: two of them, a word or none, and a bracket.</summary>
    public static bool IsHere(ReadOnlySpan<char> text)
    {
        int next = Pass(text, 1, IsIgnored);
        if (next == text.Length || text[next] != '#')
        {
            return false;
        }

        next = Pass(text, next + 1, c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' || IsIgnored(c));
        return next < text.Length && text[next] == '[';
    }

    /// <summary>Where the two colons of a command are that a line begins with, or -1.</summary>
    public static int AtStart(ReadOnlySpan<char> line)
    {
        int first = 0;
        while (first < line.Length && line[first] != '\n' && (char.IsWhiteSpace(line[first]) || IsIgnored(line[first])))
        {
            int colour = Colour.LengthAt(line[first..]);
            first += Math.Max(colour, 1);
        }

        if (first == line.Length || line[first] != ':')
        {
            return -1;
        }

        int second = Pass(line, first + 1, IsIgnored);
        return second < line.Length && line[second] == ':' && IsCommandAfter(line[(second + 1)..]) ? first : -1;
    }

    /// <summary>Whether a command of GitHub by its name is anywhere in a text, of which a line could begin anywhere.</summary>
    public static bool IsNamedIn(ReadOnlySpan<char> text)
    {
        for (int at = text.IndexOf("::"); at >= 0; at = text.IndexOf("::"))
        {
            text = text[(at + 2)..];
            int end = Pass(text, 0, c => char.IsAsciiLetter(c) || c == '-');
            if (end < text.Length && text[end] is ':' or ' ' && s_names.Contains(text[..end]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a character does not count where texts are compared by culture.</summary>
    public static bool IsIgnored(char c) =>
        c is '\u115F' or '\u1160' or '\u3164' or '\uFFA0'
        || (c is not ('\n' or '\t') && char.IsControl(c))
        || (c > '\u007F' && (char.IsSurrogate(c) || CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark));

    // '::' or ':: x' alone is no command: that has a name and two more colons in its line.
    private static bool IsCommandAfter(ReadOnlySpan<char> rest)
    {
        int end = rest.IndexOf('\n');
        rest = end < 0 ? rest : rest[..end];
        int colon = rest.IndexOf(':');
        return colon > 0 && colon < rest.LastIndexOf(':') && Pass(rest, 0, IsIgnored) is var name && char.IsAsciiLetter(rest[name]);
    }

    private static int Pass(ReadOnlySpan<char> text, int from, Func<char, bool> isPassed)
    {
        while (from < text.Length && isPassed(text[from]))
        {
            from++;
        }

        return from;
    }
}
