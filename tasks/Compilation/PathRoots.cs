using System.Text;
using BuildCache.Content;

namespace BuildCache.MSBuild.Compilation;

/// <summary>The folders whose place differs from machine to machine while what is in them does not.</summary>
/// <remarks>Paths below one of them are keyed by the name of the root and the rest, so that two checkouts have equal keys.
/// <see cref="Place"/> tells whether the outputs depend on where the roots are.</remarks>
internal sealed class PathRoots
{
    private const string WorkspaceToken = "{workspace}";
    // A workspace that was reached through a link has two names, and the compiler gets some paths in either: its current folder is the real one.
    private const string RealWorkspaceToken = "{real workspace}";
    private const string PackagesToken = "{packages}";
    private const string DotnetToken = "{dotnet}";

    private readonly (string Token, string Path)[] _roots;

    /// <param name="workspace">Full path of the workspace root.</param>
    /// <param name="packages">Full path of NuGet's package folder; may be empty.</param>
    /// <param name="dotnet">Full path of the folder of the SDKs; may be empty.</param>
    public PathRoots(string workspace, string packages, string dotnet)
    {
        Workspace = workspace;
        // The longest first: a package folder inside the workspace is the package folder.
        _roots = [.. new (string Token, string Path)[] { (WorkspaceToken, workspace), (RealWorkspaceToken, RealPath.Of(workspace)), (PackagesToken, packages), (DotnetToken, dotnet) }
            .Where(root => root.Path.Length > 0)
            .Select(root => (root.Token, Path: Path.TrimEndingDirectorySeparator(Path.GetFullPath(root.Path))))
            .Where(root => root.Path.Length > 1)
            .DistinctBy(root => root.Path)
            .OrderByDescending(root => root.Path.Length)];
    }

    /// <summary>Full path of the workspace root.</summary>
    public string Workspace { get; }

    /// <summary>The roots as they may stand in a text.</summary>
    /// <param name="withInstalled">Whether those of the packages and the SDK are among them.</param>
    public IEnumerable<string> Forms(bool withInstalled) => _roots.Where(root => withInstalled || root.Token is WorkspaceToken or RealWorkspaceToken).SelectMany(root => OperatingSystem.IsWindows() ? [root.Path, root.Path.Replace('\\', '/')] : new[] { root.Path });

    /// <summary>Where the packages and the SDK are.</summary>
    public string InstalledLocation => LocationOf(root => root.Token is PackagesToken or DotnetToken);

    /// <summary>Where the workspace is.</summary>
    public string WorkspaceLocation => LocationOf(root => root.Token is WorkspaceToken or RealWorkspaceToken);

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

    /// <summary>Puts every root back that <see cref="NormaliseText"/> took out of a text.</summary>
    public string LocaliseText(string text)
    {
        foreach ((string token, string root) in _roots)
        {
            text = text.Replace(token, root, StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>Whether a path is in a folder that only package managers and installers write.</summary>
    public bool IsInstalled(string fullPath) => TokenOf(fullPath) is PackagesToken or DotnetToken;

    /// <summary>Whether a path is in the workspace.</summary>
    public bool IsInWorkspace(string fullPath) => TokenOf(fullPath) is WorkspaceToken or RealWorkspaceToken;

    /// <summary>Whether a path is in the SDK, or in a package of the SDK's makers.</summary>
    public bool IsOfVendor(string fullPath) => TokenOf(fullPath) switch
    {
        DotnetToken => true,
        PackagesToken => Normalise(fullPath)[(PackagesToken.Length + 1)..] is var package
            && (package.StartsWith("microsoft.", StringComparison.OrdinalIgnoreCase) || package.StartsWith("system.", StringComparison.OrdinalIgnoreCase)),
        _ => false,
    };

    private string? TokenOf(string fullPath)
    {
        foreach ((string token, string root) in _roots)
        {
            if (fullPath.StartsWith(root, Comparison) && (fullPath.Length == root.Length || IsSeparator(fullPath[root.Length])))
            {
                return token;
            }
        }

        return null;
    }

    private string LocationOf(Func<(string Token, string Path), bool> which) =>
        string.Join('\0', _roots.Where(which).Select(root => root.Token + root.Path));

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
