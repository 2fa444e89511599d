using BuildCache.Keys;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild.Compilation;

/// <summary>An input of a compilation that its project declares by a <c>BuildCacheInput</c> item, because nothing else can know of it.</summary>
/// <param name="Kind">What sort of input.</param>
/// <param name="Name">Which one.</param>
/// <param name="Value">Its value, for one that is no file.</param>
/// <param name="Path">Full path of a file, or <see langword="null"/>.</param>
internal sealed record UserInput(string Kind, string Name, string? Value, string? Path)
{
    /// <summary>The inputs that a project declares.</summary>
    /// <param name="project">The project.</param>
    /// <param name="workspace">Full path of the workspace root.</param>
    /// <param name="notices">Receives what the user should know of the globs.</param>
    public static IEnumerable<UserInput> Of(ProjectSettings project, string workspace, ICollection<BuildCacheException> notices)
    {
        foreach (ITaskItem item in project.Inputs)
        {
            string text = item.ItemSpec.Replace('\\', System.IO.Path.DirectorySeparatorChar);
            if (item.GetMetadata("Kind").Equals("Environment", StringComparison.OrdinalIgnoreCase))
            {
                yield return new UserInput("declared environment", item.ItemSpec, Environment.GetEnvironmentVariable(item.ItemSpec), null);
            }
            else if (text.Contains('*', StringComparison.Ordinal))
            {
                // MSBuild expands a glob by itself; what it leaves as it is matched nothing, or came from a property.
                string pattern = FileGlob.Normalise(workspace, System.IO.Path.GetRelativePath(workspace, System.IO.Path.GetFullPath(text, project.Directory)));
                yield return new UserInput("declared glob", pattern, pattern, null);
                foreach (string file in Matches(workspace, pattern, pattern, notices))
                {
                    yield return new UserInput("declared input", file, null, System.IO.Path.Combine(workspace, file));
                }
            }
            else
            {
                string path = System.IO.Path.GetFullPath(text, project.Directory);
                foreach (string file in System.IO.Directory.Exists(path) ? Matches(path, "**/*", $"{item.ItemSpec}/**/*", notices).Select(file => System.IO.Path.Combine(path, file)) : [path])
                {
                    yield return new UserInput("declared input", file, null, file);
                }
            }
        }
    }

    private static IReadOnlyList<string> Matches(string directory, string pattern, string shown, ICollection<BuildCacheException> notices)
    {
        GlobMatch match = FileGlob.Match(directory, pattern) with { Glob = shown };
        foreach (BuildCacheException notice in match.Notices)
        {
            notices.Add(notice);
        }

        return match.Files;
    }
}
