using System.Runtime.InteropServices;

namespace BuildCache.Content;

/// <summary>What the file system says of a file without reading it: enough to notice that it was replaced or edited.</summary>
/// <param name="Size">Size in bytes.</param>
/// <param name="ModifiedTicks">Time of the last write, in 100 ns ticks of UTC.</param>
/// <param name="ChangedTicks">Time of the last change of the inode, which no user can set; the creation time where there is none.</param>
/// <param name="FileId">The inode number mixed with its device; 0 where the platform gives none cheaply.</param>
/// <param name="IsExecutable">Whether the owner may execute it; always false on Windows, which has no such bit.</param>
public readonly record struct FileStamp(long Size, long ModifiedTicks, long ChangedTicks, ulong FileId, bool IsExecutable)
{
    private const long UnixEpochTicks = 621_355_968_000_000_000;

    /// <summary>Reads the stamp of a file, following links.</summary>
    /// <returns><see langword="null"/> when there definitely is no such file, or when it is not a regular file.</returns>
    /// <exception cref="IOException">The file system did not say.</exception>
    /// <exception cref="UnauthorizedAccessException">The user may not know.</exception>
    public static FileStamp? Read(string path) =>
        OperatingSystem.IsLinux() && s_statxWorks ? ReadLinux(path) : ReadPortable(path);

    private static FileStamp? ReadPortable(string path)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is not null)
        {
            if (file.ResolveLinkTarget(returnFinalTarget: true) is not FileInfo target)
            {
                return null;
            }

            file = target;
        }

        return file.Exists
            ? new FileStamp(file.Length, file.LastWriteTimeUtc.Ticks, file.CreationTimeUtc.Ticks, 0,
                !OperatingSystem.IsWindows() && (file.UnixFileMode & UnixFileMode.UserExecute) != 0)
            : null;
    }

    // .NET gives neither the inode nor its change time. statx is the one stat call whose layout is the same
    // on every Linux architecture and C library, so it is the one that is safe to declare by hand.
    private static bool s_statxWorks = true;

    private static FileStamp? ReadLinux(string path)
    {
        Statx buffer = default;
        int result;
        try
        {
            result = statx(AtFdCwd, path, 0, StatxBasicStats, ref buffer);
        }
        catch (Exception error) when (error is EntryPointNotFoundException or DllNotFoundException)
        {
            s_statxWorks = false;
            return ReadPortable(path);
        }

        if (result != 0)
        {
            const int NoEntry = 2, NoAccess = 13, NotADirectory = 20;
            int error = Marshal.GetLastPInvokeError();
            return error switch
            {
                NoEntry or NotADirectory => null,
                NoAccess => throw new UnauthorizedAccessException($"Access to '{path}' is denied."),
                _ => throw new IOException($"'{path}': {Marshal.GetPInvokeErrorMessage(error)}"),
            };
        }

        const ushort TypeMask = 0xF000;
        const ushort RegularFile = 0x8000;
        if ((buffer.Mode & TypeMask) != RegularFile)
        {
            return null;
        }

        ulong device = ((ulong)buffer.DeviceMajor << 32) | buffer.DeviceMinor;
        return new FileStamp((long)buffer.Size, Ticks(buffer.ModifiedSeconds, buffer.ModifiedNanoseconds),
            Ticks(buffer.ChangedSeconds, buffer.ChangedNanoseconds), buffer.Inode ^ (device * 0x9E3779B97F4A7C15),
            (buffer.Mode & (ushort)UnixFileMode.UserExecute) != 0);
    }

    private static long Ticks(long seconds, uint nanoseconds) =>
        unchecked(UnixEpochTicks + (seconds * TimeSpan.TicksPerSecond) + (nanoseconds / 100));

    private const int AtFdCwd = -100;
    private const uint StatxBasicStats = 0x7FF;

    [DllImport("libc", EntryPoint = "statx", ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int statx(int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, ref Statx buffer);

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Statx
    {
        [FieldOffset(28)] public ushort Mode;
        [FieldOffset(32)] public ulong Inode;
        [FieldOffset(40)] public ulong Size;
        [FieldOffset(96)] public long ChangedSeconds;
        [FieldOffset(104)] public uint ChangedNanoseconds;
        [FieldOffset(112)] public long ModifiedSeconds;
        [FieldOffset(120)] public uint ModifiedNanoseconds;
        [FieldOffset(136)] public uint DeviceMajor;
        [FieldOffset(140)] public uint DeviceMinor;
    }
}
