using System.Text;
using System.Text.RegularExpressions;
using System.Xml;

namespace BuildCache.MSBuild.Compilation;

/// <summary>Finds the files that XML documentation includes, directly or through another.</summary>
internal static partial class DocumentationIncludes
{
    private static readonly XmlReaderSettings s_settings = new()
    {
        ConformanceLevel = ConformanceLevel.Fragment,
        DtdProcessing = DtdProcessing.Ignore,
        XmlResolver = null,
    };

    /// <summary>Every file that may be included, whether or not it is there.</summary>
    /// <param name="sources">Full paths of the sources to look into.</param>
    /// <param name="projectDirectory">Where the compiler looks after the folder of the including file.</param>
    public static IReadOnlyCollection<string> Of(IEnumerable<string> sources, string projectDirectory)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        var pending = new Stack<(string Path, bool IsSource)>(sources.Select(source => (source, true)));
        while (pending.TryPop(out (string Path, bool IsSource) file))
        {
            string text = File.ReadAllText(file.Path);
            foreach (string name in file.IsSource ? Comments(text).SelectMany(Names) : Names(text))
            {
                foreach (string folder in new[] { Path.GetDirectoryName(file.Path)!, projectDirectory })
                {
                    string included = Path.GetFullPath(name, folder);
                    if (found.Add(included) && File.Exists(included))
                    {
                        pending.Push((included, false));
                    }
                }
            }
        }

        return found;
    }

    // The documentation comments with an include, without what begins their lines.
    private static IEnumerable<string> Comments(string source)
    {
        var comment = new StringBuilder();
        foreach (string line in source.Split('\n'))
        {
            Match start = CommentStart().Match(line);
            if (start.Success)
            {
                comment.Append(line.AsSpan(start.Length)).Append('\n');
            }
            else if (comment.Length > 0)
            {
                yield return comment.ToString();
                comment.Clear();
            }
        }

        if (comment.Length > 0)
        {
            yield return comment.ToString();
        }

        foreach (Match block in CommentBlock().Matches(source))
        {
            yield return LeadingStar().Replace(block.Groups["text"].Value, "");
        }
    }

    private static List<string> Names(string xml)
    {
        List<string> names = [];
        if (!xml.Contains("include", StringComparison.Ordinal))
        {
            return names;
        }

        try
        {
            using var reader = XmlReader.Create(new StringReader(xml), s_settings);
            while (reader.Read())
            {
                if (reader.NodeType == XmlNodeType.Element && reader.LocalName == "include" && reader.GetAttribute("file") is { Length: > 0 } file)
                {
                    names.Add(file.Trim());
                }
            }
        }
        catch (XmlException)
        {
            // The compiler includes nothing into a comment that is not well-formed. What the reader found until then does no harm.
        }

        return names;
    }

    [GeneratedRegex(@"^\s*(?:///|''')", RegexOptions.CultureInvariant)]
    private static partial Regex CommentStart();

    [GeneratedRegex(@"/\*\*(?<text>.*?)\*/", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex CommentBlock();

    [GeneratedRegex(@"^\s*\*", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex LeadingStar();
}
