using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using BuildCache.Content;

namespace BuildCache.Files;

/// <summary>Tells whether every write from now on will show in the stamp of a file. Only then may its digest be remembered.</summary>
/// <remarks>
/// <para>A write gives a file the time of its file system's clock, so a file with that very time could be written again with the same stamp.
/// The clock is read by making a file, as git does with its index; the machine's own clock may be ahead of it.</para>
/// <para>A write through a mapping sets the time when it first touches a page, and not again until the page was written back. Where the system
/// tells who may write (<see cref="OpenForWriting"/>), no page can be in that state if no process may. Elsewhere the file has to be older than
/// the system takes to write back. On a file system in memory such a write need not set the time at all.</para>
/// </remarks>
/// <param name="folder">Full path of a folder to make files in, best on the file system of the files.</param>
/// <param name="clock">The clock of this machine, for file systems that the folder is not on.</param>
internal class StampTrust(string folder, TimeProvider clock)
{
    // Two seconds is the coarsest tick of a file system in use (FAT).
    private const long Tick = 2 * TimeSpan.TicksPerSecond;

    // Older than that, nothing waits to be written back, and no clock of a server is that much behind.
    private const long LongAgo = TimeSpan.TicksPerHour;

    private static readonly TimeSpan s_measureAgainAfter = TimeSpan.FromSeconds(0.5);
    private static readonly Lazy<long> s_writeBack = new(ReadWriteBack);

    private readonly ConcurrentDictionary<uint, FileSystemKind> _kinds = new();
    private readonly Lazy<uint?> _folderDevice = new(() => DeviceOf(folder));
    private readonly Lock _gate = new();
    private long? _now;
    private long _measured;

    /// <summary>Whether any write after this call will show in the stamp of a file.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="stamp">Its stamp, just read.</param>
    public virtual bool ShowsWrites(string path, in FileStamp stamp)
    {
        // 0 stands for any device that is not told.
        FileSystemKind kind = stamp.Device == 0 ? FileSystemKinds.Of(path) : _kinds.GetOrAdd(stamp.Device, static (_, path) => FileSystemKinds.Of(path), path);
        if (kind == FileSystemKind.Memory)
        {
            return false;
        }

        long newest = Math.Max(stamp.ModifiedTicks, stamp.ChangedTicks);
        long? told = stamp.Device == _folderDevice.Value ? NowOfFolder(newest + LongAgo) : null;
        long age = (told ?? clock.GetUtcNow().UtcTicks) - newest;
        if (age < Tick || age >= LongAgo)
        {
            return age >= LongAgo;
        }

        return (kind == FileSystemKind.Disk ? OpenForWriting.Test(path) : null) switch
        {
            true => false,
            false when told is not null => true,
            // The clock of a local disk is this machine's.
            _ => age >= s_writeBack.Value && (told is not null || kind == FileSystemKind.Disk),
        };
    }

    /// <summary>A time that has passed on the file system of the folder: the last one that it told, or a new one if that is not late enough.</summary>
    private long? NowOfFolder(long wanted)
    {
        lock (_gate)
        {
            if ((_now ?? 0) < wanted && (_measured == 0 || Stopwatch.GetElapsedTime(_measured) > s_measureAgainAfter))
            {
                try
                {
                    _now = Math.Max(_now ?? 0, FileSystemClock.Now(folder).Ticks);
                }
                catch (Exception error) when (error is IOException or UnauthorizedAccessException)
                {
                    // The memory itself cannot be saved there either.
                }

                _measured = Stopwatch.GetTimestamp();
            }

            return _now;
        }
    }

    private static uint? DeviceOf(string folder)
    {
        try
        {
            Statx status = default;
            return !OperatingSystem.IsLinux() ? 0 : status.Read(folder) == 0 ? status.Device : null;
        }
        catch (Exception missing) when (missing is EntryPointNotFoundException or DllNotFoundException)
        {
            return 0;
        }
    }

    // Linux writes back pages that are older than the one setting, and looks for them at the interval of the other.
    private static long ReadWriteBack()
    {
        const long AtLeast = 60 * TimeSpan.TicksPerSecond;
        if (!OperatingSystem.IsLinux() || Setting("dirty_expire_centisecs") is not { } expires || Setting("dirty_writeback_centisecs") is not { } looks)
        {
            return AtLeast;
        }

        return looks == 0 ? LongAgo : Math.Clamp((expires + (2 * looks)) * TimeSpan.TicksPerMillisecond * 10, AtLeast, LongAgo);
    }

    private static long? Setting(string name)
    {
        try
        {
            return long.TryParse(File.ReadAllText("/proc/sys/vm/" + name), NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
