namespace BuildCache.Volumes;

/// <summary>Who may use a volume at the same time. The numbers are part of the format of volume ids.</summary>
public enum VolumeSharing
{
    /// <summary>Everybody, in one directory. For tools that put up with each other there.</summary>
    Shared = 1,

    /// <summary>Each holder has a directory of its own: a copy that nobody holds, else a new one.</summary>
    Private = 2,

    /// <summary>One holder at a time, in one directory; others wait.</summary>
    Locked = 3,
}
