using BuildCache.Content;
using BuildCache.Files;

namespace BuildCache.Entries;

/// <summary>The times that restored files and directories get.</summary>
internal readonly struct RestoredTime
{
    private readonly FileTime? _one;

    private RestoredTime(FileTime? one) => _one = one;

    /// <summary>Decides on the times.</summary>
    /// <param name="times">Which.</param>
    /// <param name="staged">
    /// One of the paths that are restored; nothing when there are none. The one time is that of the file system which this is on: its clock
    /// may be behind that of the machine, and what is written next has to be newer or of the same time.
    /// </param>
    public static RestoredTime For(RestoredTimes times, string? staged) =>
        new(times == RestoredTimes.OneForAll && staged is not null ? FileTime.Of(FileSystemClock.OfNew(staged + "-now")) : null);

    /// <summary>Sets the time of a file or directory, which has all its content by now.</summary>
    public void Set(string path, NodeProperties properties) => (_one ?? properties.Modified)?.Set(path);
}
