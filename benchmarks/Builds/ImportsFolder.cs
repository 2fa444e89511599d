namespace BuildCache.Benchmarks.Builds;

/// <summary>The folder that a build imports the cache from.</summary>
internal static class ImportsFolder
{
    /// <summary>Finds <c>out/msbuild/build</c> of the repository that this program was built in.</summary>
    /// <exception cref="ArgumentException">It is not there.</exception>
    public static string Find()
    {
        for (string? directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            string imports = Path.Combine(directory, "out", "msbuild", "build");
            if (File.Exists(Path.Combine(imports, "BuildCache.MSBuild.targets")))
            {
                return imports;
            }
        }

        throw new ArgumentException("There is no out/msbuild/build above this program. Build tasks/ first, or name the folder by --imports.");
    }
}
