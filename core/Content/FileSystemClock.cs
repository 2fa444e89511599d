using Microsoft.Win32.SafeHandles;

namespace BuildCache.Content;

/// <summary>The time as a file system tells it, which on a network is not this machine's and may count in whole seconds.</summary>
public static class FileSystemClock
{
    private const string ProbeName = ".buildcache-now";

    /// <summary>The time of the file system that a folder is on, in UTC ticks: the time that it gives a file made now.</summary>
    /// <param name="folder">Full path of the folder, which is made if it is not there. A file is made in it and removed again.</param>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write to the folder.</exception>
    public static long Now(string folder)
    {
        Directory.CreateDirectory(folder);
        // One name for all: the file of a process that was killed is removed by the next one. It is read by its handle, so another process
        // may remove it at any time; it is always a new file, so nothing is written through a link of that name.
        string probe = Path.Combine(folder, ProbeName);
        const int Attempts = 50;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                using SafeFileHandle file = File.OpenHandle(probe, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
                File.Delete(probe);
                return File.GetLastWriteTimeUtc(file).Ticks;
            }
            catch (Exception error) when (attempt < Attempts && (error is IOException or UnauthorizedAccessException))
            {
                // It is there, of another process or left by one.
                File.Delete(probe);
            }
        }
    }
}
