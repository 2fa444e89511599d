using System.Buffers;

namespace BuildCache.Content;

/// <summary>Decides which names and relative paths may be used, whether they come from a user or out of a store.</summary>
public static class SafePath
{
    private static readonly SearchValues<char> s_notOnWindows = SearchValues.Create("\\:*?\"<>|");

    /// <summary>Whether a name is one plain path component on this platform: not empty, not <c>.</c> or <c>..</c>, no separator.</summary>
    public static bool IsName(string name) => IsName(name, OperatingSystem.IsWindows());

    internal static bool IsName(string name, bool isForWindows)
    {
        if (name.Length == 0 || name is "." or ".." || name.AsSpan().ContainsAny('/', '\0'))
        {
            return false;
        }

        // What Windows would read as another directory, a stream, a device or another name.
        return !isForWindows
            || (!name.AsSpan().ContainsAny(s_notOnWindows) && name[^1] is not ('.' or ' ') && !IsDevice(name));
    }

    /// <summary>Whether a path consists of plain components joined by <c>/</c>: it is relative and stays below where it starts.</summary>
    public static bool IsRelative(string path) => path.Split('/').All(IsName);

    /// <summary>Expresses a path relative to a root, with <c>/</c> between its components.</summary>
    /// <param name="root">Full path of the root directory.</param>
    /// <param name="path">A path; when relative, it starts at <paramref name="root"/>.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.PathOutsideWorkspace"/>: it is the root itself, or not below it.</exception>
    public static string RelativeTo(string root, string path)
    {
        string full = Path.GetFullPath(path, root);
        string relative = Path.GetRelativePath(root, full).Replace(Path.DirectorySeparatorChar, '/');
        if (relative == "." || !IsRelative(relative))
        {
            throw new BuildCacheException(ErrorId.PathOutsideWorkspace,
                $"'{path}' does not lie below '{root}'. Name a path inside the workspace; its root is the nearest folder with a buildcache.json or a .git.");
        }

        return relative;
    }

    /// <summary>Whether following a link from where it stands stays inside the directory it was saved with.</summary>
    /// <param name="linkPath">Path of the link, relative to the saved directory, with <c>/</c>.</param>
    /// <param name="target">The target as the link gives it.</param>
    public static bool LinkStaysInside(string linkPath, string target) => ResolveLink(linkPath, target) is not null;

    /// <summary>Whether following a link from where it stands leads to one of some paths, or below one.</summary>
    /// <param name="linkPath">Path of the link, relative to what the paths are relative to, with <c>/</c>.</param>
    /// <param name="target">The target as the link gives it.</param>
    /// <param name="paths">The paths, with <c>/</c>.</param>
    internal static bool LinkLeadsTo(string linkPath, string target, PathSet paths) =>
        ResolveLink(linkPath, target) is { } resolved && paths.Holds(resolved);

    /// <summary>Where a link leads, as far as its text says: nothing when it is absolute, climbs above where its path starts, or climbs after it has descended.</summary>
    private static string? ResolveLink(string linkPath, string target)
    {
        if (target.Length == 0 || Path.IsPathRooted(target) || target.Contains('\0', StringComparison.Ordinal))
        {
            return null;
        }

        // What a link descends into may itself be a link, so that where a further '..' leads cannot be told.
        List<string> parts = [.. linkPath.Split('/')[..^1]];
        bool descended = false;
        foreach (string part in target.Replace('\\', '/').Split('/'))
        {
            if (part == "..")
            {
                if (descended || parts.Count == 0)
                {
                    return null;
                }

                parts.RemoveAt(parts.Count - 1);
            }
            else if (part is not ("" or "."))
            {
                descended = true;
                parts.Add(part);
            }
        }

        return string.Join('/', parts);
    }

    private static bool IsDevice(string name)
    {
        string stem = name.Split('.')[0].TrimEnd(' ').ToUpperInvariant();
        return stem is "CON" or "PRN" or "AUX" or "NUL" or "CONIN$" or "CONOUT$"
            || (stem.Length == 4 && (stem.StartsWith("COM", StringComparison.Ordinal) || stem.StartsWith("LPT", StringComparison.Ordinal))
                && (char.IsAsciiDigit(stem[3]) || stem[3] is '\u00B9' or '\u00B2' or '\u00B3'));
    }
}
