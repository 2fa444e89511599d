using System.Runtime.InteropServices;
using System.Text;

namespace BuildCache.Files;

/// <summary>Calls of Unix systems that .NET does not have: on names relative to an open directory, in bytes, and through no link.</summary>
/// <remarks>Each returns 0 or more, or the error of the system as a negative number.</remarks>
internal static unsafe class UnixCalls
{
    public const int NotPermitted = 1, NoEntry = 2, AccessDenied = 13, Busy = 16, Exists = 17, OtherDevice = 18, NotDirectory = 20, IsDirectory = 21, Invalid = 22;

    private const int Interrupted = 4, NotImplemented = 38;
    private const uint OwnerOnly = 0b111_000_000;

    // Read only, a directory, no link, not inherited by child processes.
    private static readonly int s_directoryFlags =
        OperatingSystem.IsMacOS() ? 0x100000 | 0x100 | 0x1000000
        : RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Armv6 or Architecture.Arm64 or Architecture.Ppc64le ? 0x4000 | 0x8000 | 0x80000
        : 0x10000 | 0x20000 | 0x80000;

    private static readonly nint? s_getdents64 = LinuxNumber(x64: 217, newer: 61, arm: 217, x86: 220, s390x: 220, ppc64le: 202);
    private static readonly nint? s_renameat2 = LinuxNumber(x64: 316, newer: 276, arm: 382, x86: 353, s390x: 347, ppc64le: 357);

    /// <summary>Stands for the directory that relative paths start at.</summary>
    public static int Here => OperatingSystem.IsLinux() ? -100 : -2;

    public static int NotEmpty => OperatingSystem.IsLinux() ? 39 : 66;

    /// <summary>The error of opening a link that is not to be followed.</summary>
    public static int IsLink => OperatingSystem.IsLinux() ? 40 : 62;

    /// <summary>Whether directories can be read name by name here.</summary>
    public static bool ReadsDirectories => OperatingSystem.IsMacOS() || s_getdents64 is not null;

    /// <summary>The user that this process acts as.</summary>
    public static uint User => geteuid();

    /// <summary>Opens a directory for reading, and never a link to one.</summary>
    public static int OpenDirectory(int at, byte* name) => Open(at, name, s_directoryFlags);

    /// <summary>Opens a file for reading, not inherited by child processes. A pipe is opened without waiting for its other end.</summary>
    public static int OpenWithoutWaiting(string path)
    {
        int flags = OperatingSystem.IsMacOS() ? 0x1000000 | 0x4 : 0x80000 | 0x800;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            return Open(Here, name, flags);
        }
    }

    /// <summary>Removes a file or a link; with <paramref name="isDirectory"/>, an empty directory.</summary>
    public static int Remove(int at, byte* name, bool isDirectory)
    {
        int flags = !isDirectory ? 0 : OperatingSystem.IsLinux() ? 0x200 : 0x80;
        int result;
        do
        {
            result = ResultOf(unlinkat(at, name, flags));
        }
        while (result == -Interrupted);
        return result;
    }

    /// <summary>Gives a file or directory another name.</summary>
    public static int Rename(int fromAt, byte* from, int toAt, byte* to)
    {
        int result;
        do
        {
            result = ResultOf(renameat(fromAt, from, toAt, to));
        }
        while (result == -Interrupted);
        return result;
    }

    /// <summary>Swaps what two paths name, in one step.</summary>
    public static int Swap(byte* left, byte* right)
    {
        const int Exchange = 2;
        int result;
        do
        {
            result = OperatingSystem.IsMacOS() ? ResultOf(renamex_np(left, right, Exchange))
                : s_renameat2 is { } number ? ResultOf((int)syscall(number, Here, (nint)left, Here, (nint)right, Exchange))
                : -NotImplemented;
        }
        while (result == -Interrupted);
        return result;
    }

    /// <summary>Lets the owner read, write and enter a directory that is open.</summary>
    public static int AllowOwner(int directory) => ResultOf(fchmod(directory, OwnerOnly));

    /// <summary>The same for a directory that cannot be opened. What a link of that name leads to is left alone.</summary>
    public static int AllowOwner(int at, byte* name)
    {
        if (!OperatingSystem.IsLinux())
        {
            const int DoNotFollow = 0x20;
            return ResultOf(fchmodat(at, name, OwnerOnly, DoNotFollow));
        }

        // A handle that stands for the name alone takes no permission, and has a path under which it can be changed.
        const int PathOnly = 0x200000;
        int handle = Open(at, name, s_directoryFlags | PathOnly);
        if (handle < 0)
        {
            return handle;
        }

        int result = ResultOf(chmod($"/proc/self/fd/{handle}", OwnerOnly));
        Close(handle);
        return result;
    }

    /// <summary>Whether something is mounted at a path. An empty path stands for <paramref name="at"/> itself. Only Linux tells.</summary>
    public static bool IsMountPoint(int at, byte* path)
    {
        const int DoNotFollow = 0x100, EmptyPath = 0x1000, AttributesOffset = 8;
        const ulong MountRoot = 0x2000;
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        byte* buffer = stackalloc byte[256];
        try
        {
            return statx(at, path, DoNotFollow | EmptyPath, 0, buffer) == 0 && (*(ulong*)(buffer + AttributesOffset) & MountRoot) != 0;
        }
        catch (EntryPointNotFoundException)
        {
            // An old C library.
            return false;
        }
    }

    /// <summary>Reads names of an open directory of Linux, in the kernel's own form.</summary>
    /// <returns>How many bytes were read; 0 at the end.</returns>
    public static int ReadDirectory(int directory, byte* buffer, int size) => ResultOf((int)syscall(s_getdents64!.Value, directory, (nint)buffer, size, 0, 0));

    public static void Rewind(int directory) => _ = lseek(directory, 0, 0);

    public static int Duplicate(int handle) => ResultOf(dup(handle));

    public static void Close(int handle) => _ = close(handle);

    private static int Open(int at, byte* name, int flags)
    {
        int result;
        do
        {
            result = ResultOf(openat(at, name, flags));
        }
        while (result == -Interrupted);
        return result;
    }

    private static int ResultOf(int result) => result >= 0 ? result : -Marshal.GetLastPInvokeError();

    // Not every C library has these calls, or under one name; the kernel's numbers stay.
    private static nint? LinuxNumber(int x64, int newer, int arm, int x86, int s390x, int ppc64le) => !OperatingSystem.IsLinux() ? null : RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => x64,
        Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => newer,
        Architecture.Arm or Architecture.Armv6 => arm,
        Architecture.X86 => x86,
        Architecture.S390x => s390x,
        Architecture.Ppc64le => ppc64le,
        _ => null,
    };

    [DllImport("libc", ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int openat(int at, byte* name, int flags);

    [DllImport("libc", ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int unlinkat(int at, byte* name, int flags);

    [DllImport("libc", ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int renameat(int fromAt, byte* from, int toAt, byte* to);

    [DllImport("libc", ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int renamex_np(byte* from, byte* to, uint flags);

    [DllImport("libc", ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fchmod(int handle, uint mode);

    [DllImport("libc", ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fchmodat(int at, byte* name, uint mode, int flags);

    [DllImport("libc", ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int chmod([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);

    [DllImport("libc", ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int statx(int at, byte* path, int flags, uint mask, byte* buffer);

    [DllImport("libc", ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint syscall(nint number, nint first, nint second, nint third, nint fourth, nint fifth);

    [DllImport("libc", ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern long lseek(int handle, long offset, int origin);

    [DllImport("libc", ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int dup(int handle);

    [DllImport("libc", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int close(int handle);

    [DllImport("libc", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint geteuid();
}
