namespace BuildCache.Pruning;

/// <summary>The space of a disk in bytes.</summary>
/// <param name="Total">All of it.</param>
/// <param name="Free">What this user may still fill.</param>
public readonly record struct DiskSpace(long Total, long Free)
{
    /// <summary>Asks the disk that a directory lies on.</summary>
    /// <param name="directory">Full path; it need not exist.</param>
    /// <returns><see langword="null"/> when the disk does not say.</returns>
    public static DiskSpace? Of(string directory)
    {
        try
        {
            string existing = directory;
            while (!Directory.Exists(existing) && Path.GetDirectoryName(existing) is { } parent)
            {
                existing = parent;
            }

            var drive = new DriveInfo(existing);
            return new DiskSpace(drive.TotalSize, drive.AvailableFreeSpace);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
