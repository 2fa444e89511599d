using BuildCache.Files;

namespace BuildCache.Tests.Support;

/// <summary>Directories on file systems of a kind, as far as this machine has them.</summary>
internal static class FileSystems
{
    /// <summary>A directory on a local disk; without one the test is skipped.</summary>
    public static TempFolder Disk() => On(FileSystemKind.Disk, Path.GetTempPath(), AppContext.BaseDirectory, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));

    /// <summary>A directory on a file system in memory; without one the test is skipped.</summary>
    public static TempFolder Memory() => On(FileSystemKind.Memory, "/dev/shm", Path.GetTempPath());

    /// <summary>A file system in a file, whose times are whole seconds; where this user may not mount one, the test is skipped.</summary>
    public static MountedFolder WholeSeconds()
    {
        TempFolder disk = Disk();
        string image = disk.PathOf("image");
        using (FileStream file = File.Create(image))
        {
            file.SetLength(16 * 1024 * 1024);
        }

        // Inodes of 128 bytes have no room for fractions of a second.
        return MountedFolder.Try(disk, $"mkfs.ext4 -q -I 128 '{image}'", "-o", "loop", image);
    }

    /// <summary>An overlay over directories of a local disk; where this user may not mount one, the test is skipped.</summary>
    public static MountedFolder Overlay()
    {
        TempFolder disk = Disk();
        (string lower, string upper, string work) = (disk.Folder("lower"), disk.Folder("upper"), disk.Folder("work"));
        return MountedFolder.Try(disk, "true", "-t", "overlay", "-o", $"lowerdir={lower},upperdir={upper},workdir={work}", "overlay");
    }

    private static TempFolder On(FileSystemKind kind, params string[] places)
    {
        string? place = places.FirstOrDefault(place => Directory.Exists(place) && FileSystemKinds.Of(place) == kind);
        Assert.SkipWhen(place is null, $"There is no directory on a file system of the kind {kind} here.");
        return new TempFolder(place!);
    }
}
