namespace BuildCache.Sources.Git;

/// <summary>Reads what git prints of the submodules of a commit.</summary>
internal static class GitModules
{
    /// <summary>The mode of an entry that is a submodule.</summary>
    public const string Gitlink = "160000";

    /// <summary>The mode of a file that can be executed.</summary>
    public const string Executable = "100755";

    /// <summary>The entries of a tree, as <c>ls-tree -z</c> prints them.</summary>
    public static List<(string Mode, string Object, string Path)> Entries(string listing) =>
        [.. listing.Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(line =>
        {
            int tab = line.IndexOf('\t', StringComparison.Ordinal);
            string[] parts = line[..tab].Split(' ');
            return (parts[0], parts[2], line[(tab + 1)..]);
        })];

    /// <summary>The address of the submodule at each path, from what <c>config --null --list</c> prints of a <c>.gitmodules</c>.</summary>
    public static Dictionary<string, string> UrlsOf(string settings)
    {
        var paths = new Dictionary<string, string>(StringComparer.Ordinal);
        var urls = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string[] setting in settings.Split('\0').Select(setting => setting.Split('\n', 2)).Where(setting => setting.Length == 2))
        {
            int dot = setting[0].LastIndexOf('.');
            (string section, string name) = (setting[0][..Math.Max(0, dot)], setting[0][(dot + 1)..]);
            (name == "path" ? paths : name == "url" ? urls : [])[section] = setting[1];
        }

        // Of two that name one path, git takes the later.
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string section, string path) in paths)
        {
            if (urls.TryGetValue(section, out string? url))
            {
                found[path] = url;
            }
        }

        return found;
    }
}
