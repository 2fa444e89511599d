using BuildCache.Configuration;

namespace BuildCache.MSBuild;

/// <summary>What the .targets file tells the caching task factory: a line <c>Name=Value</c> for each property.</summary>
internal sealed record CachingOptions(
    string TaskAssembly, string ProjectDirectory, string ProjectFile, string WorkspaceRoot, string Store, string Scope, string Mode,
    string PackageRoot, string DotnetRoot, string Report)
{
    public static CachingOptions Parse(string taskBody)
    {
        Dictionary<string, string> values = taskBody.Split('\n')
            .Select(line => line.Trim().Split('=', 2))
            .Where(pair => pair.Length == 2)
            // MSBuild hands the text on as it stores it, with its special characters escaped: ';' and the brackets of a folder, too.
            .ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1]), StringComparer.Ordinal);
        string Value(string name) => values.GetValueOrDefault(name, "");
        string projectDirectory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(Value("ProjectDirectory")));
        string root = Value("WorkspaceRoot");
        return new CachingOptions(
            // MSBuild's own paths have backslashes and detours.
            Path.GetFullPath(Value("TaskAssembly").Replace('\\', Path.DirectorySeparatorChar)),
            projectDirectory,
            Value("ProjectFile"),
            root.Length > 0 ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(root, projectDirectory)) : Workspace.RootOf(projectDirectory),
            Value("Store"), Value("Scope"), Value("Mode"), Value("PackageRoot"), Value("DotnetRoot"), Value("Report"));
    }
}
