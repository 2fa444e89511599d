using System.Runtime.InteropServices;

namespace BuildCache.Files;

/// <summary>What kind of file system a file is on, as far as its times can be believed.</summary>
internal enum FileSystemKind
{
    /// <summary>Any other. A write through a mapping may show in the times of the file only when its pages are written back.</summary>
    Other,

    /// <summary>A local one of Linux that stamps with this machine's clock and knows which files are open for writing. The first write through a new
    /// mapping shows at once; later ones to the same page show only after the page was written back.</summary>
    Disk,

    /// <summary>One that has no disk. Writes through mappings need not show in the times of a file at all.</summary>
    Memory,
}

/// <summary>Finds out the kind of the file system of a file.</summary>
internal static class FileSystemKinds
{
    /// <summary>Asks the system. What it does not tell is <see cref="FileSystemKind.Other"/>.</summary>
    public static FileSystemKind Of(string path) => OperatingSystem.IsLinux() && TypeOf(path) is { } type ? Known(type) : FileSystemKind.Other;

    private static FileSystemKind Known(uint type)
    {
        // From linux/magic.h.
        const uint Ext = 0xEF53, Xfs = 0x58465342, Btrfs = 0x9123683E, F2fs = 0xF2F52010;
        const uint Tmpfs = 0x01021994, Ramfs = 0x858458F6, Hugetlbfs = 0x958458F6, Proc = 0x9FA0, Sysfs = 0x62656572;
        return type switch
        {
            Ext or Xfs or Btrfs or F2fs => FileSystemKind.Disk,
            Tmpfs or Ramfs or Hugetlbfs or Proc or Sysfs => FileSystemKind.Memory,
            _ => FileSystemKind.Other,
        };
    }

    private static unsafe uint? TypeOf(string path)
    {
        // The layout of the rest differs between architectures; the type comes first on all of them.
        byte* buffer = stackalloc byte[512];
        return statfs(path, buffer) == 0 ? *(uint*)buffer : null;
    }

    [DllImport("libc", EntryPoint = "statfs", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern unsafe int statfs([MarshalAs(UnmanagedType.LPUTF8Str)] string path, byte* buffer);
}
