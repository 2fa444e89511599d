using System.Globalization;

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
            lines = File.ReadAllLines(Path.Combine(directory, FileName));
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
        files.WriteWhole(Path.Combine(directory, FileName), $"{identity.Id}\n{created.ToString("O", CultureInfo.InvariantCulture)}\n");

    /// <summary>Notes that a volume is in use: the time of an empty file says when it was last.</summary>
    public static void MarkUsed(string directory, DateTimeOffset now)
    {
        try
        {
            string mark = Path.Combine(directory, MarkName);
            if (!File.Exists(mark))
            {
                File.Create(mark).Dispose();
            }

            File.SetLastWriteTimeUtc(mark, now.UtcDateTime);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Removed meanwhile, or on a full disk: a volume that may not say when it was used is used all the same.
        }
    }

    /// <summary>When a volume was used last.</summary>
    public static DateTimeOffset LastUsed(string directory, DateTimeOffset created)
    {
        var mark = new FileInfo(Path.Combine(directory, MarkName));
        return mark.Exists ? new DateTimeOffset(mark.LastWriteTimeUtc, TimeSpan.Zero) : created;
    }
}
