using Microsoft.Win32.SafeHandles;

namespace BuildCache.Files;

/// <summary>The time as a file system tells it, which on a network is not this machine's and may count in whole seconds.</summary>
public static class FileSystemClock
{
    /// <summary>The time of the file system that a folder is on, in UTC: the time that it gives a file made now.</summary>
    /// <param name="folder">Full path of the folder, which is made if it is not there. A file is made in it and removed again.</param>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write to the folder.</exception>
    public static DateTime Now(string folder)
    {
        NewDirectory.MakePrivate(folder);
        string path = Path.Combine(folder, StagingName.New() + StagingName.TemporarySuffix);
        // Always a new file, so that nothing is written through a link of that name. It is read by its handle, so that a sweeper may remove it.
        using SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        File.Delete(path);
        return File.GetLastWriteTimeUtc(file);
    }
}
