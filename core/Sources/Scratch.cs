namespace BuildCache.Sources;

/// <summary>Directories that are of no use any more.</summary>
internal static class Scratch
{
    /// <summary>Deletes one as far as the system lets it.</summary>
    public static void Delete(string directory)
    {
        try
        {
            // git makes its objects read-only, which Windows does not delete.
            foreach (string file in OperatingSystem.IsWindows() ? Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories) : [])
            {
                File.SetAttributes(file, FileAttributes.Normal);
            }

            Directory.Delete(directory, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The system's temporary directory is tidied by others.
        }
    }
}
