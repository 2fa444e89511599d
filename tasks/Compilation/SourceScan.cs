using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace BuildCache.MSBuild.Compilation;

/// <summary>Finds what a source file makes the compiler read besides itself.</summary>
internal static partial class SourceScan
{
    /// <summary>The source may have XML documentation that includes other files.</summary>
    public const byte MayInclude = 1;

    /// <summary>The source may name a key file or container in an attribute, which the compiler then looks for by its own rules.</summary>
    public const byte MayNameKey = 2;

    /// <summary>Marks content while it is hashed. It errs on the side of a closer look.</summary>
    public static byte Mark(ReadOnlySpan<byte> content)
    {
        // The words below are not found in UTF-16, which is rare enough to look at each time.
        if (content.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || content.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
        {
            return MayInclude | MayNameKey;
        }

        return (byte)((content.IndexOf("<include"u8) >= 0 ? MayInclude : 0)
            | (content.IndexOf("AssemblyKeyFile"u8) >= 0 || content.IndexOf("AssemblyKeyName"u8) >= 0 ? MayNameKey : 0));
    }

    /// <summary>Whether a marked source really names a key.</summary>
    public static bool NamesKey(string path)
    {
        string text = File.ReadAllText(path);
        return text.Contains("AssemblyKeyFile", StringComparison.Ordinal) || text.Contains("AssemblyKeyName", StringComparison.Ordinal);
    }

    /// <summary>Every file that XML documentation may include, directly or through another, whether or not it is there.</summary>
    /// <param name="sources">Full paths of the sources that were marked.</param>
    /// <param name="projectDirectory">Where the compiler looks after the folder of the including file.</param>
    public static IReadOnlyCollection<string> IncludedFiles(IEnumerable<string> sources, string projectDirectory)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        var pending = new Stack<string>(sources);
        while (pending.TryPop(out string? path))
        {
            foreach (Match match in IncludeElement().Matches(File.ReadAllText(path)))
            {
                string name = WebUtility.HtmlDecode(match.Groups["file"].Value);
                foreach (string folder in new[] { Path.GetDirectoryName(path)!, projectDirectory })
                {
                    string included = Path.GetFullPath(name, folder);
                    if (found.Add(included) && File.Exists(included))
                    {
                        pending.Push(included);
                    }
                }
            }
        }

        return found;
    }

    // An attribute may stand on a later line of the comment, behind its slashes or the apostrophes of Visual Basic.
    [GeneratedRegex("""<include\b[^>]*?\bfile\s*=\s*(?:///|''')?\s*(?<quote>["'])(?<file>.*?)\k<quote>""", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex IncludeElement();
}
