namespace BuildCache.MSBuild.Compilation;

/// <summary>Reads what properties and metadata a build shows to generators: the generated analyzer configuration.</summary>
internal static class VisibleFiles
{
    private const string ProjectFolder = "build_property.ProjectDir";

    /// <summary>The values of the properties and metadata in a configuration.</summary>
    /// <param name="configuration">The text of the configuration.</param>
    public static IEnumerable<(string Name, string Value)> Values(string configuration)
    {
        foreach (string line in configuration.Split('\n'))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && line.StartsWith("build_", StringComparison.Ordinal))
            {
                yield return (line[..equals].Trim(), line[(equals + 1)..].Trim());
            }
        }
    }

    /// <summary>The files that values name: a generator may open them by itself.</summary>
    /// <param name="configuration">The text of the configuration.</param>
    /// <param name="directory">Full path of the project's folder.</param>
    public static IEnumerable<string> Files(string configuration, string directory) =>
        Values(configuration).SelectMany(value => value.Value.Split(';')).Select(path => path.Trim())
            .Where(path => path.Length is > 0 and < 4096 && path.IndexOf('\0', StringComparison.Ordinal) < 0 && path.AsSpan().IndexOfAny('/', '\\', '.') >= 0)
            .Select(path => Path.GetFullPath(path.Replace('\\', Path.DirectorySeparatorChar), directory))
            .Where(File.Exists).Distinct(StringComparer.Ordinal);

    /// <summary>Whether a value other than the project's folder, which every project shows, holds the place of the workspace.</summary>
    public static bool NamePlace(string configuration, PathRoots roots) =>
        Values(configuration).Any(value => value.Name != ProjectFolder && value.Name.StartsWith("build_property.", StringComparison.Ordinal) && roots.NormaliseText(value.Value) != value.Value);
}
