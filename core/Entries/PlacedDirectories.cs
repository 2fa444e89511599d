using System.Globalization;
using System.Text;
using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.Files;

namespace BuildCache.Entries;

/// <summary>Remembers until when all that a directory holds was in a cache: it was restored from there, or saved. What changed there later is only there.</summary>
/// <remarks>A file for each directory, with the user's other files and not beside the directory, which is the project's.</remarks>
/// <param name="records">Full path of the directory with the records; <see langword="null"/> for the user's own.</param>
public sealed class PlacedDirectories(string? records = null)
{
    private const int NameDigits = 32;

    // A directory that was not restored to for so long is asked about again.
    private static readonly TimeSpan s_keptFor = TimeSpan.FromDays(90);

    private readonly string _records = records ?? UserDirectories.PlacedDirectories;

    /// <summary>The time of each directory as its file system tells it, to note once what they hold now is in a cache.</summary>
    /// <param name="directories">Full paths. A file is made beside them for a moment; a directory where none can be made is left out.</param>
    internal static IReadOnlyList<(string Directory, DateTime Time)> TimesOf(IEnumerable<string> directories)
    {
        List<(string, DateTime)> times = [];
        // What lies side by side has one clock.
        foreach (IGrouping<string, string> siblings in directories.GroupBy(directory => Path.GetDirectoryName(directory)!))
        {
            try
            {
                DateTime now = FileSystemClock.Now(siblings.Key);
                times.AddRange(siblings.Select(directory => (directory, now)));
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Costs a question later.
            }
        }

        return times;
    }

    /// <summary>Notes that all some directories held at some time is in a cache. A failure costs a question later.</summary>
    internal void Note(IReadOnlyList<(string Directory, DateTime Time)> times)
    {
        if (times.Count == 0)
        {
            return;
        }

        try
        {
            NewDirectory.MakePrivate(_records);
            foreach ((string directory, DateTime time) in times)
            {
                AtomicFile.WritePrivate(FileOf(directory), Encoding.UTF8.GetBytes(time.Ticks.ToString(CultureInfo.InvariantCulture)));
            }

            // What was left half-written has a name here too.
            foreach (string record in Directory.EnumerateFiles(_records).Where(record => File.GetLastWriteTimeUtc(record) < DateTime.UtcNow - s_keptFor))
            {
                DirectoryRemoval.TryRemove(record);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // As above.
        }
    }

    /// <summary>Whether a file of a directory is as it was when the directory was noted.</summary>
    internal Func<string, bool> UnchangedIn(string directory)
    {
        long? time = Read(FileOf(directory));
        return time is null ? _ => false : file => IsOlder(file, time.Value);
    }

    private static bool IsOlder(string file, long time)
    {
        try
        {
            return new FileInfo(file) is { LinkTarget: not null } link ? link.LastWriteTimeUtc.Ticks <= time
                : FileStamp.Read(file) is { } stamp && Math.Max(stamp.ChangedTicks, stamp.ModifiedTicks) <= time;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static long? Read(string record)
    {
        try
        {
            return long.TryParse(RegularFile.TryReadText(record, Ceilings.Note), NumberStyles.None, CultureInfo.InvariantCulture, out long ticks) ? ticks : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private string FileOf(string directory) => Path.Combine(_records, Digest.Of(Encoding.UTF8.GetBytes(Path.TrimEndingDirectorySeparator(directory))).Hash[..NameDigits]);
}
