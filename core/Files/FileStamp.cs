using System.Runtime.InteropServices;
using BuildCache.Content;

namespace BuildCache.Files;

/// <summary>What the file system says of a file without reading it: enough to notice that it was replaced or edited.</summary>
/// <param name="Size">Size in bytes.</param>
/// <param name="ModifiedTicks">Time of the last write, in 100 ns ticks of UTC.</param>
/// <param name="ChangedTicks">Time of the last change of the inode, which no user can set; the creation time where there is none.</param>
/// <param name="FileId">The inode number mixed with its device; 0 where the platform gives none cheaply.</param>
/// <param name="IsExecutable">Whether the owner may execute it; always false on Windows, which has no such bit.</param>
/// <param name="Device">The number of the device that it is on; 0 where the platform gives none cheaply.</param>
public readonly record struct FileStamp(long Size, long ModifiedTicks, long ChangedTicks, ulong FileId, bool IsExecutable, uint Device = 0)
{
    private const long UnixEpochTicks = 621_355_968_000_000_000;

    /// <summary>Reads the stamp of a file, following links.</summary>
    /// <returns><see langword="null"/> when there definitely is no such file, or when it is not a regular file.</returns>
    /// <exception cref="IOException">The file system did not say.</exception>
    /// <exception cref="UnauthorizedAccessException">The user may not know.</exception>
    public static FileStamp? Read(string path) => Read(path, out _);

    /// <summary>As <see cref="Read(string)"/>, with the properties of the file.</summary>
    internal static FileStamp? Read(string path, out NodeProperties properties) =>
        OperatingSystem.IsLinux() && s_statxWorks ? ReadLinux(path, out properties) : ReadPortable(path, out properties);

    private static FileStamp? ReadPortable(string path, out NodeProperties properties)
    {
        properties = default;
        var file = new FileInfo(path);
        if (file.LinkTarget is not null)
        {
            if (file.ResolveLinkTarget(returnFinalTarget: true) is not FileInfo target)
            {
                return null;
            }

            file = target;
        }

        if (!file.Exists)
        {
            return null;
        }

        properties = new NodeProperties(OperatingSystem.IsWindows() ? null : file.UnixFileMode & NodeProperties.Permissions, FileTime.Of(file.LastWriteTimeUtc));
        return new FileStamp(file.Length, file.LastWriteTimeUtc.Ticks, file.CreationTimeUtc.Ticks, 0, properties.Mode is { } mode && (mode & UnixFileMode.UserExecute) != 0);
    }

    // .NET gives neither the inode nor its change time.
    private static bool s_statxWorks = true;

    private static FileStamp? ReadLinux(string path, out NodeProperties properties)
    {
        properties = default;
        Statx status = default;
        int error;
        try
        {
            error = status.Read(path);
        }
        catch (Exception missing) when (missing is EntryPointNotFoundException or DllNotFoundException)
        {
            s_statxWorks = false;
            return ReadPortable(path, out properties);
        }

        if (error != 0)
        {
            const int NoEntry = 2, NoAccess = 13, NotADirectory = 20;
            return error switch
            {
                NoEntry or NotADirectory => null,
                NoAccess => throw new UnauthorizedAccessException($"Access to '{path}' is denied."),
                _ => throw new IOException($"'{path}': {Marshal.GetPInvokeErrorMessage(error)}"),
            };
        }

        if (status.Type != Statx.RegularFile)
        {
            return null;
        }

        properties = new NodeProperties((UnixFileMode)status.Mode & NodeProperties.Permissions, status.Modified);
        ulong device = ((ulong)status.DeviceMajor << 32) | status.DeviceMinor;
        return new FileStamp((long)status.Size, Ticks(status.ModifiedSeconds, status.ModifiedNanoseconds),
            Ticks(status.ChangedSeconds, status.ChangedNanoseconds), status.Inode ^ (device * 0x9E3779B97F4A7C15),
            (status.Mode & (ushort)UnixFileMode.UserExecute) != 0, status.Device);
    }

    private static long Ticks(long seconds, uint nanoseconds) =>
        unchecked(UnixEpochTicks + (seconds * TimeSpan.TicksPerSecond) + (nanoseconds / 100));
}
