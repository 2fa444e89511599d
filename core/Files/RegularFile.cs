namespace BuildCache.Files;

/// <summary>Reads small files of folders that others can write to. To open a pipe would be to wait for its other end, and a file may be of any size.</summary>
internal static class RegularFile
{
    /// <summary>Reads a file whole.</summary>
    /// <param name="path">Full path.</param>
    /// <param name="most">The most bytes that it may have.</param>
    /// <returns><see langword="null"/> when there is none, when something else than a file has that name, and when it is larger.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    public static byte[]? TryRead(string path, int most)
    {
        if (FileStamp.Read(path) is not { } stamp || stamp.Size > most)
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
