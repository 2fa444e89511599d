using System.Text.RegularExpressions;

namespace BuildCache.MSBuild.Compilation;

/// <summary>Reads compiler response files as far as a key must know them.</summary>
internal static partial class ResponseFile
{
    /// <summary>Lists a response file and those it names in turn.</summary>
    /// <returns><see langword="null"/> when one of them gives the compiler files to read or write, which the key does not see.</returns>
    public static IReadOnlyList<string>? TryExpand(string path)
    {
        List<string> files = [];
        var pending = new Stack<string>([path]);
        while (pending.TryPop(out string? file))
        {
            if (files.Contains(file))
            {
                continue;
            }

            files.Add(file);
            foreach (string line in File.ReadLines(file).Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'))
            {
                foreach (string word in Word().Matches(line).Select(match => match.Value.Replace("\"", "", StringComparison.Ordinal)))
                {
                    if (word.StartsWith('@'))
                    {
                        pending.Push(Path.GetFullPath(word[1..], Path.GetDirectoryName(file)!));
                    }
                    else if (!HarmlessSwitch().IsMatch(word))
                    {
                        return null;
                    }
                }
            }
        }

        return files;
    }

    [GeneratedRegex("""(?:[^\s"]|"[^"]*")+""", RegexOptions.CultureInvariant)]
    private static partial Regex Word();

    // What is known to take no file. Any other word may name one.
    [GeneratedRegex("""^[-/](?:define|d|nowarn|warn|w|warnaserror|optimize|o|debug|unsafe|checked|langversion|nullable|target|t|platform|deterministic|features?|optionstrict|optioninfer|optionexplicit|optioncompare|imports?|rootnamespace|main|m|nologo|utf8output|highentropyva|filealign)(?:[+:-].*)?$""",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex HarmlessSwitch();
}
