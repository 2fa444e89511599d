using BuildCache.Content;

namespace BuildCache.MSBuild.Compilation;

/// <summary>The time as a file system tells it, which on a network is not this machine's.</summary>
internal static class FileSystemClock
{
    /// <summary>The time of the file system that a folder is on, in UTC ticks.</summary>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public static long Now(string folder)
    {
        Directory.CreateDirectory(folder);
        string probe = Path.Combine(folder, ".buildcache-now-" + Guid.NewGuid().ToString("N"));
        try
        {
            using (File.Create(probe, bufferSize: 1, FileOptions.DeleteOnClose))
            {
                return FileStamp.Read(probe)?.ModifiedTicks ?? throw new IOException($"'{probe}' is gone.");
            }
        }
        finally
        {
            File.Delete(probe);
        }
    }
}
