namespace BuildCache.Content;

/// <summary>The path of a file or directory with every symbolic link followed.</summary>
public static class RealPath
{
    private const int MostLinks = 40;

    /// <summary>Follows the links in a full path. A part that is not there, or that cannot be read, stays as it is.</summary>
    public static string Of(string fullPath)
    {
        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(fullPath));
        for (int links = 0; links < MostLinks && TryFollowOne(path) is { } followed; links++)
        {
            path = followed;
        }

        return path;
    }

    /// <summary>Whether two full paths name the same directory.</summary>
    public static bool AreSame(string left, string right) => left == right || Of(left) == Of(right);

    private static string? TryFollowOne(string path)
    {
        string root = Path.GetPathRoot(path)!;
        for (int end = path.IndexOf(Path.DirectorySeparatorChar, root.Length); ; end = path.IndexOf(Path.DirectorySeparatorChar, end + 1))
        {
            string part = end < 0 ? path : path[..end];
            try
            {
                if (new DirectoryInfo(part).LinkTarget is { } target)
                {
                    return Path.GetFullPath(target, Path.GetDirectoryName(part)!) + path[part.Length..];
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return null;
            }

            if (end < 0)
            {
                return null;
            }
        }
    }
}
