namespace BuildCache.Files;

/// <summary>Moves what a path names, whatever that is: a link is moved as a link.</summary>
internal static class PathMove
{
    /// <summary>Whether a path names something, be it a link that leads nowhere.</summary>
    public static bool IsThere(string path)
    {
        try
        {
            _ = File.GetAttributes(path);
            return true;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Whether a path names a directory and not a link to one.</summary>
    public static bool IsDirectory(string path) => new DirectoryInfo(path) is { Exists: true, LinkTarget: null };

    /// <summary>Moves a file, directory or link within a file system.</summary>
    /// <param name="from">Full path.</param>
    /// <param name="to">Full path, which names nothing.</param>
    /// <exception cref="IOException">It cannot be moved, or there is something.</exception>
    /// <exception cref="UnauthorizedAccessException">The file system refuses.</exception>
    public static void Move(string from, string to)
    {
        if (!IsDirectory(from))
        {
            MoveFile(from, to);
            return;
        }

        try
        {
            Directory.Move(from, to);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException && !OperatingSystem.IsWindows()
            && (File.GetUnixFileMode(from) & UnixFileMode.UserWrite) == 0)
        {
            // A directory that is read-only takes no other parent.
            UnixFileMode mode = File.GetUnixFileMode(from);
            File.SetUnixFileMode(from, mode | UnixFileMode.UserWrite);
            try
            {
                Directory.Move(from, to);
            }
            catch
            {
                File.SetUnixFileMode(from, mode);
                throw;
            }

            File.SetUnixFileMode(to, mode);
        }
    }

    private static void MoveFile(string from, string to)
    {
        // A link to a directory is a directory to .NET, and is moved as the link that it is.
        if (Directory.Exists(from))
        {
            Directory.Move(from, to);
        }
        else
        {
            File.Move(from, to);
        }
    }
}
