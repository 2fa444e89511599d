using BuildCache.Content;

namespace BuildCache.Entries;

/// <summary>The times that restored files and directories get.</summary>
internal readonly struct RestoredTime
{
    private readonly FileTime? _one;

    private RestoredTime(FileTime? one) => _one = one;

    /// <summary>Decides on the times.</summary>
    /// <param name="times">Which.</param>
    /// <param name="staged">
    /// One of the paths that are restored, which has its content by now; nothing when there are none. The one time is the one that it has: a
    /// time of its file system, whose clock may be behind that of the machine. What is written next has to be newer or of the same time.
    /// </param>
    public static RestoredTime For(RestoredTimes times, string? staged) =>
        new(times == RestoredTimes.OneForAll && staged is not null ? FileTime.Read(staged) : null);

    /// <summary>Sets the time of a file or directory, which has all its content by now.</summary>
    public void Set(string path, NodeProperties properties) => (_one ?? properties.Modified)?.Set(path);
}
