namespace BuildCache.Entries;

/// <summary>
/// Knows files that tools read and run because of their name and place alone: of MSBuild and NuGet, package managers, build tools, shells,
/// editors, git and CI services. The list cannot be complete; naming the expected paths is what makes a restore safe.
/// </summary>
internal static class RunByItself
{
    private static readonly HashSet<string> s_extensions = new(StringComparer.OrdinalIgnoreCase)
    {
        ".props", ".targets", ".rsp", ".csproj", ".vbproj", ".fsproj", ".proj", ".sln", ".slnx", ".ps1", ".psm1", ".psd1", ".cmd", ".bat", ".mk", ".cmake", ".gradle", ".kts",
    };

    private static readonly HashSet<string> s_names = new(StringComparer.OrdinalIgnoreCase)
    {
        "nuget.config", "global.json", "dotnet-tools.json", ".editorconfig", ".globalconfig", "package.json", ".npmrc", ".yarnrc", ".yarnrc.yml", ".pnpmfile.cjs", "pnpm-workspace.yaml",
        "Makefile", "GNUmakefile", "CMakeLists.txt", "build.ninja", "Rakefile", "Gemfile", "setup.py", "setup.cfg", "pyproject.toml", "tox.ini", "conftest.py", "sitecustomize.py", "pip.conf",
        "build.rs", "Cargo.toml", "pom.xml", "build.xml", "WORKSPACE", "MODULE.bazel", ".bazelrc", "Jenkinsfile", "azure-pipelines.yml", ".gitlab-ci.yml", "Dockerfile",
        ".envrc", ".env", ".profile", ".bashrc", ".zshrc", "buildcache.json", ".gitattributes", ".gitmodules", ".gitconfig", ".pre-commit-config.yaml",
    };

    private static readonly HashSet<string> s_directories = new(StringComparer.OrdinalIgnoreCase)
    {
        ".vscode", ".vs", ".idea", ".github", ".husky", ".githooks", ".config", ".cargo", ".mvn", ".devcontainer", ".circleci",
    };

    /// <summary>Whether a saved path is such a file, or lies in a directory of such files.</summary>
    /// <param name="path">A relative path with <c>/</c>.</param>
    /// <param name="isDirectory">Whether it is a directory: of those only the names count.</param>
    public static bool Is(string path, bool isDirectory)
    {
        string[] parts = path.Split('/');
        return parts.Any(s_directories.Contains) || (!isDirectory && (s_names.Contains(parts[^1]) || s_extensions.Contains(Path.GetExtension(parts[^1]))));
    }
}
