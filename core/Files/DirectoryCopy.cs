
namespace BuildCache.Files;

/// <summary>Copies a directory: files with their modes and times, links as they stand, empty directories too.</summary>
internal static class DirectoryCopy
{
    private static readonly EnumerationOptions s_everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    /// <summary>Fills a directory that is empty or not there.</summary>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.InputNotFound"/>: there is no such directory, or a part of it cannot be read.
    /// <see cref="ErrorId.UnsupportedFile"/>: it holds what is no file, directory or link.
    /// </exception>
    public static void Copy(string from, string to, CancellationToken cancellationToken)
    {
        var source = new DirectoryInfo(from);
        if (!source.Exists)
        {
            throw new BuildCacheException(ErrorId.InputNotFound, $"There is no directory '{from}'. Check the path, or run the step that makes it first.");
        }

        NewDirectory.MakePrivate(to);
        List<(DirectoryInfo From, string To)> directories = [(source, to)];
        for (int i = 0; i < directories.Count; i++)
        {
            CopyChildren(directories[i].From, directories[i].To, directories, cancellationToken);
        }

        // From the innermost: what is put into a directory changes its time, and nothing can be put into one that is read-only.
        for (int i = directories.Count - 1; i > 0; i--)
        {
            (DirectoryInfo original, string copy) = directories[i];
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(copy, original.UnixFileMode);
            }

            Directory.SetLastWriteTimeUtc(copy, original.LastWriteTimeUtc);
        }
    }

    private static void CopyChildren(DirectoryInfo from, string to, List<(DirectoryInfo From, string To)> directories, CancellationToken cancellationToken)
    {
        foreach (FileSystemInfo child in Children(from))
        {
            cancellationToken.ThrowIfCancellationRequested();
            string target = Path.Combine(to, child.Name);
            if (child.LinkTarget is { } link)
            {
                CopyLink(child, link, target);
            }
            else if (child is DirectoryInfo directory)
            {
                NewDirectory.MakePrivate(target);
                directories.Add((directory, target));
            }
            else
            {
                CopyFile(child.FullName, target);
            }
        }
    }

    private static FileSystemInfo[] Children(DirectoryInfo directory)
    {
        try
        {
            return directory.GetFileSystemInfos("*", s_everything);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BuildCacheException(ErrorId.InputNotFound, $"The directory '{directory.FullName}' cannot be listed ({error.Message}). Check that this user may read all of it, and that nothing removes from it meanwhile.", error);
        }
    }

    private static void CopyLink(FileSystemInfo original, string link, string target)
    {
        if (OperatingSystem.IsWindows() && original is DirectoryInfo)
        {
            Directory.CreateSymbolicLink(target, link);
        }
        else
        {
            File.CreateSymbolicLink(target, link);
        }
    }

    private static void CopyFile(string from, string to)
    {
        // To open a pipe would be to wait for somebody at its other end.
        if (SourceFile.Stamp(from, out _) is null)
        {
            throw new BuildCacheException(ErrorId.UnsupportedFile, $"'{from}' is no file, directory or link (a pipe, a socket or a device), or it was just removed. Leave it out of the directory.");
        }

        File.Copy(from, to);
    }
}
