using Google.Protobuf.WellKnownTypes;

namespace BuildCache.Content;

/// <summary>What is kept of a file or directory besides its content: <c>NodeProperties</c> of Remote Execution API v2.</summary>
/// <param name="Mode">The permissions of owner, group and others; <see langword="null"/> when they were not kept.</param>
/// <param name="Modified">The time of the last write; <see langword="null"/> when it was not kept.</param>
public readonly record struct NodeProperties(UnixFileMode? Mode, FileTime? Modified)
{
    /// <summary>The bits of a mode that are kept. Those that change the user or group of a program are not.</summary>
    internal const UnixFileMode Permissions = (UnixFileMode)0b111_111_111;

    /// <summary>The properties of a directory, as they are now.</summary>
    internal static NodeProperties OfDirectory(string path)
    {
        if (OperatingSystem.IsLinux() && Statx.TryRead(path) is { } status)
        {
            return new NodeProperties((UnixFileMode)status.Mode & Permissions, status.Modified);
        }

        var directory = new DirectoryInfo(path);
        return new NodeProperties(OperatingSystem.IsWindows() ? null : directory.UnixFileMode & Permissions, FileTime.Of(directory.LastWriteTimeUtc));
    }

    /// <summary>Those that are to be kept.</summary>
    internal NodeProperties Kept(KeptProperties kept) => new(
        kept.HasFlag(KeptProperties.Modes) ? Mode : null,
        kept.HasFlag(KeptProperties.Times) ? Modified : null);

    /// <summary>The properties as a message, or nothing when none were kept.</summary>
    internal Wire.NodeProperties? ToWire() => Mode is null && Modified is null ? null : new Wire.NodeProperties
    {
        UnixMode = Mode is { } mode ? new Wire.NodeProperties.Types.Mode { Value = (uint)mode } : null,
        Mtime = Modified is { } time ? new Timestamp { Seconds = time.Seconds, Nanos = time.Nanoseconds } : null,
    };

    /// <summary>Reads a message of a store, which may say anything.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.BlobCorrupt"/>: its time is not a valid one.</exception>
    internal static NodeProperties FromWire(Wire.NodeProperties? message) => message is null ? default : new(
        message.UnixMode is { } mode ? (UnixFileMode)mode.Value & Permissions : null,
        message.Mtime is not { } time ? null : FileTime.TryCreate(time.Seconds, time.Nanos)
            ?? throw new BuildCacheException(ErrorId.BlobCorrupt, "A directory in the store gives a file a time that does not exist. The entry that names it is damaged; remove it."));
}

/// <summary>What of files and directories is kept besides their content.</summary>
[Flags]
public enum KeptProperties
{
    /// <summary>Whether a file can be executed, and nothing else: equal content is equal trees, wherever and whenever it was made.</summary>
    None = 0,

    /// <summary>Who may read, write and execute.</summary>
    Modes = 1,

    /// <summary>The times of the last write.</summary>
    Times = 2,

    /// <summary>All of it.</summary>
    All = Modes | Times,
}
