using System.Runtime.InteropServices;

namespace BuildCache.Content;

/// <summary>A time of a file, in nanoseconds: as fine as file systems tell it. Build tools compare such times, and one that was rounded may pass another.</summary>
/// <param name="Seconds">Seconds since 1970-01-01, UTC.</param>
/// <param name="Nanoseconds">Nanoseconds of the second, 0 to 999,999,999.</param>
public readonly record struct FileTime(long Seconds, int Nanoseconds)
{
    private const int NanosecondsPerSecond = 1_000_000_000;

    // What a DateTime can say, so that any part of .NET can show it.
    private const long Earliest = -62_135_596_800;
    private const long Latest = 253_402_300_799;

    /// <summary>A time that .NET tells, to 100 ns.</summary>
    public static FileTime Of(DateTime utc)
    {
        (long seconds, long ticks) = Math.DivRem(utc.Ticks - DateTime.UnixEpoch.Ticks, TimeSpan.TicksPerSecond);
        return ticks < 0 ? new(seconds - 1, (int)((ticks + TimeSpan.TicksPerSecond) * 100)) : new(seconds, (int)(ticks * 100));
    }

    /// <summary>A time out of a store.</summary>
    /// <returns><see langword="null"/> when there is no such time.</returns>
    public static FileTime? TryCreate(long seconds, long nanoseconds) =>
        seconds is >= Earliest and <= Latest && nanoseconds is >= 0 and < NanosecondsPerSecond ? new(seconds, (int)nanoseconds) : null;

    /// <summary>The time as .NET tells it: rounded down to 100 ns.</summary>
    public DateTime ToDateTime() => DateTime.UnixEpoch.AddSeconds(Seconds).AddTicks(Nanoseconds / 100);

    /// <summary>The time of the last write of a file or directory; a link is followed.</summary>
    internal static FileTime Read(string path) =>
        OperatingSystem.IsLinux() && Statx.TryRead(path) is { } status ? status.Modified : Of(File.GetLastWriteTimeUtc(path));

    /// <summary>Sets the time of the last write of a file or directory; a link is followed.</summary>
    /// <exception cref="IOException">It cannot be set.</exception>
    internal void Set(string path)
    {
        // On a 32-bit system the layout of the times depends on the C library.
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
        {
            File.SetLastWriteTimeUtc(path, ToDateTime());
            return;
        }

        const int CurrentDirectory = -100;
        const long Omit = (1 << 30) - 2;
        if (utimensat(CurrentDirectory, path, [0, Omit, Seconds, Nanoseconds], 0) != 0)
        {
            throw new IOException($"The time of '{path}' cannot be set: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [DllImport("libc", EntryPoint = "utimensat", ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int utimensat(int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, long[] times, int flags);
}
