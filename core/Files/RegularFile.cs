namespace BuildCache.Files;

/// <summary>Reads small files of folders that others can write to. To open a pipe would be to wait for its other end, and a file may be of any size.</summary>
internal static class RegularFile
{
    /// <summary>Reads a file whole.</summary>
    /// <param name="path">Full path.</param>
    /// <param name="most">The most bytes that it may have.</param>
    /// <returns><see langword="null"/> when there is none, when a pipe, a socket or a device has that name, and when it is larger.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it, or it is a directory.</exception>
    public static byte[]? TryRead(string path, int most)
    {
        FileStamp? stamp = FileStamp.Read(path);
        if (stamp?.Size > most || (stamp is null && !Directory.Exists(path)))
        {
            return null;
        }

        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            // Removed since.
            return null;
        }
    }
}
