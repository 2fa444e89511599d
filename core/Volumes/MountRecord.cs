using System.Text;
using System.Text.Json;
using BuildCache.Content;
using BuildCache.Files;

namespace BuildCache.Volumes;

/// <summary>What is known of a mount, so that any process can undo it.</summary>
/// <param name="MountPoint">Full path of the link.</param>
/// <param name="Target">What it points to.</param>
/// <param name="VolumeId">The volume.</param>
/// <param name="KeptAt">Where what stood there is kept.</param>
/// <param name="ProcessId">The process that mounted it.</param>
internal sealed record MountRecord(string MountPoint, string Target, string VolumeId, string? KeptAt, int ProcessId)
{
    private const int NameDigits = 32;
    private const string Suffix = ".json";

    /// <summary>The file with the record of a mount point.</summary>
    public static string FileOf(VolumeFiles files, string mountPoint)
    {
        // Windows does not tell capitals from small letters.
        string name = OperatingSystem.IsWindows() ? mountPoint.ToUpperInvariant() : mountPoint;
        return Path.Combine(files.Mounts, Digest.Of(Encoding.UTF8.GetBytes(name)).Hash[..NameDigits] + Suffix);
    }

    /// <summary>Reads a record; <see langword="null"/> when there is none.</summary>
    public static MountRecord? TryRead(string file)
    {
        try
        {
            return RegularFile.TryRead(file, 2 * Ceilings.Id) is { } bytes && JsonSerializer.Deserialize<MountRecord>(bytes) is { MountPoint: not null, Target: not null, VolumeId: not null } record ? record : null;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            // Malformed after a crash of the machine: the link itself still says that it is one of ours.
            return null;
        }
    }

    /// <summary>Reads all records.</summary>
    public static IEnumerable<MountRecord> ReadAll(VolumeFiles files) => Directory.Exists(files.Mounts)
        ? Directory.EnumerateFiles(files.Mounts, "*" + Suffix).Select(TryRead).OfType<MountRecord>()
        : [];

    /// <summary>Whether the link is still there and points to the volume.</summary>
    public bool Stands => DirectoryLink.TargetOf(MountPoint) == Target;

    /// <summary>Writes the record.</summary>
    public void Write(VolumeFiles files) => AtomicFile.Write(FileOf(files, MountPoint), JsonSerializer.Serialize(this), files.Temporaries);
}
