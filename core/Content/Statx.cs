using System.Runtime.InteropServices;

namespace BuildCache.Content;

/// <summary>What Linux says of a file, of whatever kind.</summary>
/// <remarks>statx is the one stat call whose layout is the same on every Linux architecture and C library, so it is the one that is safe
/// to declare by hand.</remarks>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct Statx
{
    public const int Fifo = 0x1000, RegularFile = 0x8000, Socket = 0xC000;

    [FieldOffset(20)] public uint Owner;
    [FieldOffset(28)] public ushort Mode;
    [FieldOffset(32)] public ulong Inode;
    [FieldOffset(40)] public ulong Size;
    [FieldOffset(96)] public long ChangedSeconds;
    [FieldOffset(104)] public uint ChangedNanoseconds;
    [FieldOffset(112)] public long ModifiedSeconds;
    [FieldOffset(120)] public uint ModifiedNanoseconds;
    [FieldOffset(136)] public uint DeviceMajor;
    [FieldOffset(140)] public uint DeviceMinor;

    /// <summary>The device, as the kernel numbers it: 12 bits and 20.</summary>
    public readonly uint Device => (DeviceMajor << 20) | DeviceMinor;

    /// <summary>What kind of file it is.</summary>
    public readonly int Type => Mode & 0xF000;

    /// <summary>The time of the last write.</summary>
    public readonly FileTime Modified => new(ModifiedSeconds, (int)ModifiedNanoseconds);

    /// <summary>Asks for a file or directory, following links unless told otherwise.</summary>
    /// <returns><see langword="null"/> when the system or the C library does not say.</returns>
    public static Statx? TryRead(string path, bool followsLink = true)
    {
        Statx status = default;
        try
        {
            return status.Read(path, followsLink) == 0 ? status : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Asks for a file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="followsLink">Whether of a link its target is asked for, and not the link itself.</param>
    /// <returns>0, or the error of the system.</returns>
    /// <exception cref="EntryPointNotFoundException">The C library is too old.</exception>
    public int Read(string path, bool followsLink = true)
    {
        const int CurrentDirectory = -100, NoFollow = 0x100;
        const uint BasicStats = 0x7FF;
        return statx(CurrentDirectory, path, followsLink ? 0 : NoFollow, BasicStats, ref this) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    [DllImport("libc", EntryPoint = "statx", ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int statx(int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, ref Statx buffer);
}
