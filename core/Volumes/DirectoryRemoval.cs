namespace BuildCache.Volumes;

/// <summary>Removes a directory with all it holds, also what is marked as read-only: some tools mark all of their caches so.</summary>
internal static class DirectoryRemoval
{
    /// <summary>Removes a directory, a file or a link.</summary>
    /// <exception cref="IOException">Something in it cannot be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">Something in it cannot be removed.</exception>
    public static void Remove(string path)
    {
        var directory = new DirectoryInfo(path);
        if (!directory.Exists || directory.LinkTarget is not null)
        {
            RemoveOne(path);
            return;
        }

        try
        {
            directory.Delete(recursive: true);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            MakeRemovable(directory);
            directory.Refresh();
            if (directory.Exists)
            {
                directory.Delete(recursive: true);
            }
        }
    }

    /// <summary>Removes it if that can be done.</summary>
    public static bool TryRemove(string path)
    {
        try
        {
            Remove(path);
            return true;
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            return false;
        }
    }

    private static void RemoveOne(string path)
    {
        // To .NET on Windows a link to a directory is a directory.
        if (OperatingSystem.IsWindows() && Directory.Exists(path))
        {
            Directory.Delete(path);
        }
        else
        {
            File.Delete(path);
        }
    }

    private static void MakeRemovable(DirectoryInfo top)
    {
        var pending = new Stack<DirectoryInfo>([top]);
        while (pending.TryPop(out DirectoryInfo? directory))
        {
            if (!OperatingSystem.IsWindows())
            {
                directory.UnixFileMode |= UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            }

            foreach (FileSystemInfo child in directory.EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = 0 }))
            {
                if (child.LinkTarget is not null)
                {
                    continue;
                }

                if (OperatingSystem.IsWindows())
                {
                    child.Attributes = FileAttributes.Normal;
                }

                if (child is DirectoryInfo below)
                {
                    pending.Push(below);
                }
            }
        }
    }
}
