using System.Xml;
using System.Xml.Linq;

namespace BuildCache.MSBuild.Compilation;

/// <summary>Follows the includes of rule set files.</summary>
internal static class RuleSet
{
    /// <summary>Lists a rule set and those it includes, whether or not they are there.</summary>
    public static IReadOnlyList<string> Expand(string path)
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
            foreach (string included in Includes(file))
            {
                pending.Push(Path.GetFullPath(Environment.ExpandEnvironmentVariables(included).Replace('\\', Path.DirectorySeparatorChar), Path.GetDirectoryName(file)!));
            }
        }

        return files;
    }

    private static List<string> Includes(string file)
    {
        if (!File.Exists(file))
        {
            return [];
        }

        try
        {
            return [.. XDocument.Load(file).Descendants().Where(element => element.Name.LocalName == "Include").Select(element => element.Attribute("Path")?.Value).OfType<string>()];
        }
        catch (XmlException)
        {
            // The compiler says what is wrong with it, and an error is never cached.
            return [];
        }
    }
}
