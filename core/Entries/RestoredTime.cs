using BuildCache.Content;

namespace BuildCache.Entries;

/// <summary>The times that restored files and directories get.</summary>
internal readonly struct RestoredTime
{
    private readonly FileTime? _one;

    private RestoredTime(FileTime? one) => _one = one;

    /// <summary>Decides on the times.</summary>
    /// <param name="times">Which.</param>
    /// <param name="staged">One of the paths that are restored, for the time of the file system that it is on; nothing when there are none.</param>
    public static RestoredTime For(RestoredTimes times, string? staged) => new(times == RestoredTimes.OneForAll && staged is not null ? Now(staged) : null);

    /// <summary>Sets the time of a file or directory, which has all its content by now.</summary>
    public void Set(string path, NodeProperties properties) => (_one ?? properties.Modified)?.Set(path);

    // Of the file system: its clock may be behind that of the machine, and what is written next has to be newer or of the same time.
    private static FileTime Now(string staged)
    {
        string probe = staged + "-now";
        File.WriteAllBytes(probe, []);
        try
        {
            return FileTime.Read(probe);
        }
        finally
        {
            File.Delete(probe);
        }
    }
}
