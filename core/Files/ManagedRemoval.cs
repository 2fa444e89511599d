namespace BuildCache.Files;

/// <summary>Removes a directory with what .NET has: for Windows, and systems whose own calls are not known here.</summary>
internal sealed class ManagedRemoval
{
    private const int MostLeftovers = 100;
    private static readonly EnumerationOptions s_everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    private readonly List<Leftover> _left = [];

    /// <summary>Removes a file, a link, or a directory with all it holds.</summary>
    /// <returns>What could not be removed.</returns>
    public IReadOnlyList<Leftover> Remove(string path)
    {
        var directories = new Stack<string>();
        var pending = new Stack<string>([path]);
        while (pending.TryPop(out string? next))
        {
            Try(next, () =>
            {
                FileAttributes attributes = File.GetAttributes(next);
                bool isDirectory = (attributes & FileAttributes.Directory) != 0;
                bool isLink = (attributes & FileAttributes.ReparsePoint) != 0;
                if (!isLink)
                {
                    MakeRemovable(next, isDirectory);
                }

                if (isDirectory && !isLink)
                {
                    directories.Push(next);
                    foreach (FileSystemInfo child in new DirectoryInfo(next).GetFileSystemInfos("*", s_everything))
                    {
                        pending.Push(child.FullName);
                    }
                }
                else if (isDirectory && OperatingSystem.IsWindows())
                {
                    // To Windows a link to a directory is a directory.
                    Directory.Delete(next);
                }
                else
                {
                    File.Delete(next);
                }
            });
        }

        // What holds something that failed fails too, and only the innermost is told of.
        int failed = _left.Count;
        while (directories.TryPop(out string? directory))
        {
            Try(directory, () => Directory.Delete(directory));
        }

        if (failed > 0)
        {
            _left.RemoveRange(failed, _left.Count - failed);
        }

        return _left;
    }

    private static void MakeRemovable(string path, bool isDirectory)
    {
        if (OperatingSystem.IsWindows())
        {
            File.SetAttributes(path, FileAttributes.Normal);
        }
        else if (isDirectory)
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private void Try(string path, Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            // Another was faster.
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (_left.Count < MostLeftovers)
            {
                _left.Add(new Leftover(path, error.Message));
            }
        }
    }
}
