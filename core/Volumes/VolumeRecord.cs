using System.Globalization;
using BuildCache.Content;
using BuildCache.Files;

namespace BuildCache.Volumes;

/// <summary>The small files of a volume: what it is, and when it was used last.</summary>
internal static class VolumeRecord
{
    private const string FileName = "volume";
    private const string MarkName = "used";

    /// <summary>Reads what a volume is and when it was made.</summary>
    /// <returns><see langword="null"/> when it does not say, or is not there.</returns>
    public static (VolumeIdentity Identity, DateTimeOffset Created)? TryRead(string directory)
    {
        string[] lines;
        try
        {
            lines = RegularFile.TryReadText(Path.Combine(directory, FileName), 2 * Ceilings.Id)?.Split('\n') ?? [];
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        try
        {
            // A crash of the machine can leave it empty.
            return lines.Length >= 2 && DateTimeOffset.TryParseExact(lines[1], "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTimeOffset created)
                ? (VolumeId.Parse(lines[0]), created)
                : null;
        }
        catch (BuildCacheException)
        {
            return null;
        }
    }

    /// <summary>Says what a volume is.</summary>
    public static void Write(VolumeFiles files, string directory, VolumeIdentity identity, DateTimeOffset created) =>
        AtomicFile.Write(Path.Combine(directory, FileName), $"{identity.Id}\n{created.ToString("O", CultureInfo.InvariantCulture)}\n", files.Temporaries);

    /// <summary>Notes that a volume is in use: the time of an empty file says when it was last.</summary>
    /// <param name="directory">The directory of the volume.</param>
    /// <param name="copy">Which copy of it; <see langword="null"/> for no special one.</param>
    /// <param name="now">When.</param>
    public static void MarkUsed(string directory, int? copy, DateTimeOffset now)
    {
        try
        {
            Mark(MarkOf(directory, null), now);
            if (copy is not null)
            {
                Mark(MarkOf(directory, copy), now);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Removed meanwhile, or on a full disk: a volume that may not say when it was used is used all the same.
        }
    }

    /// <summary>When a volume, or a copy of it, was used last.</summary>
    public static DateTimeOffset LastUsed(string directory, int? copy, DateTimeOffset created)
    {
        var mark = new FileInfo(MarkOf(directory, copy));
        return mark.Exists ? new DateTimeOffset(mark.LastWriteTimeUtc, TimeSpan.Zero) : created;
    }

    /// <summary>Forgets when a copy was used.</summary>
    public static void Unmark(string directory, int copy) => File.Delete(MarkOf(directory, copy));

    private static string MarkOf(string directory, int? copy) =>
        Path.Combine(directory, copy is null ? MarkName : string.Create(CultureInfo.InvariantCulture, $"{MarkName}.{copy}"));

    private static void Mark(string mark, DateTimeOffset now)
    {
        if (!File.Exists(mark))
        {
            File.Create(mark).Dispose();
        }

        File.SetLastWriteTimeUtc(mark, now.UtcDateTime);
    }
}
