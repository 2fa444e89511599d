using System.Text;
using BuildCache.Content;

namespace BuildCache.MSBuild.Compilation;

/// <summary>The folders whose place differs from machine to machine while what is in them does not.</summary>
/// <remarks>Paths below one of them are keyed by the name of the root and the rest, so that two checkouts have equal keys.
/// Where such a path gets into an output all the same, <see cref="PathLeak"/> finds it.</remarks>
internal sealed class PathRoots
{
    private const string WorkspaceToken = "{workspace}";

    private readonly (string Token, string Path)[] _roots;

    /// <param name="workspace">Full path of the workspace root.</param>
    /// <param name="packages">Full path of NuGet's package folder; may be empty.</param>
    /// <param name="dotnet">Full path of the folder of the SDKs; may be empty.</param>
    public PathRoots(string workspace, string packages, string dotnet)
    {
        Workspace = workspace;
        // The longest first: a package folder inside the workspace is the package folder.
        _roots = [.. new[] { (WorkspaceToken, workspace), ("{packages}", packages), ("{dotnet}", dotnet) }
            .Where(root => root.Item2.Length > 0)
            .Select(root => (root.Item1, Path.TrimEndingDirectorySeparator(Path.GetFullPath(root.Item2))))
            .Where(root => root.Item2.Length > 1)
            .OrderByDescending(root => root.Item2.Length)];
    }

    /// <summary>Full path of the workspace root.</summary>
    public string Workspace { get; }

    /// <summary>Every form in which the workspace may stand in a text.</summary>
    public IEnumerable<string> WorkspaceForms => Forms(root => root.Token == WorkspaceToken);

    /// <summary>Every form in which the packages or the SDK may stand in a text.</summary>
    public IEnumerable<string> InstalledForms => Forms(root => root.Token != WorkspaceToken);

    /// <summary>Stands for where the packages and the SDK are: an entry that leaked one of them serves only builds with the same.</summary>
    public string InstalledLocation => LocationOf(root => root.Token != WorkspaceToken);

    /// <summary>Stands for where everything is: an entry that leaked the workspace serves only builds with the same.</summary>
    public string Location => LocationOf(_ => true);

    /// <summary>Replaces the root of a full path by its name; a path below none of them stays.</summary>
    public string Normalise(string fullPath)
    {
        foreach ((string token, string root) in _roots)
        {
            if (fullPath.StartsWith(root, Comparison) && (fullPath.Length == root.Length || IsSeparator(fullPath[root.Length])))
            {
                return string.Concat(token, fullPath.AsSpan(root.Length)).Replace('\\', '/');
            }
        }

        return fullPath;
    }

    /// <summary>Puts the root back that <see cref="Normalise"/> took away.</summary>
    public string Localise(string path)
    {
        foreach ((string token, string root) in _roots)
        {
            if (path.StartsWith(token, StringComparison.Ordinal))
            {
                return string.Concat(root, path.AsSpan(token.Length)).Replace('/', Path.DirectorySeparatorChar);
            }
        }

        return path;
    }

    /// <summary>Replaces every root in a text by its name, wherever a path component ends there.</summary>
    public string NormaliseText(string text)
    {
        foreach ((string token, string root) in _roots)
        {
            text = Replace(text, root, token);
            if (OperatingSystem.IsWindows())
            {
                text = Replace(text, root.Replace('\\', '/'), token);
            }
        }

        return text;
    }

    /// <summary>Whether a path is in a folder that only package managers and installers write.</summary>
    public bool IsInstalled(string fullPath) =>
        Normalise(fullPath) is var path && (path.StartsWith("{packages}", StringComparison.Ordinal) || path.StartsWith("{dotnet}", StringComparison.Ordinal));

    private IEnumerable<string> Forms(Func<(string Token, string Path), bool> which) =>
        _roots.Where(which).SelectMany(root => OperatingSystem.IsWindows() ? [root.Path, root.Path.Replace('\\', '/')] : new[] { root.Path });

    private string LocationOf(Func<(string Token, string Path), bool> which) =>
        Digest.Of(Encoding.UTF8.GetBytes(string.Join('\0', _roots.Where(which).Select(root => root.Token + root.Path)))).Hash[..32];

    private static StringComparison Comparison => OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    private static string Replace(string text, string root, string token)
    {
        int found = text.IndexOf(root, Comparison);
        if (found < 0)
        {
            return text;
        }

        var replaced = new StringBuilder(text.Length);
        int done = 0;
        for (; found >= 0; found = text.IndexOf(root, found + 1, Comparison))
        {
            int end = found + root.Length;
            // "/work/app" is no root of "/work/application".
            if (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] is '_' or '-' or '.'))
            {
                continue;
            }

            replaced.Append(text, done, found - done).Append(token);
            done = end;
        }

        return replaced.Append(text, done, text.Length - done).ToString();
    }

    private static bool IsSeparator(char character) => character is '/' or '\\';
}
