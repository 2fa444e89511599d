namespace BuildCache.PowerShell;

/// <summary>How long to wait for volumes that others hold.</summary>
internal static class VolumeTimeout
{
    /// <summary>Takes a time as it was given.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidSetting"/>: it is a slip.</exception>
    public static TimeSpan? Checked(TimeSpan? timeout)
    {
        // A plain number is a number of ticks to PowerShell: '-Timeout 30' would not wait at all.
        return timeout is null || timeout == TimeSpan.Zero || timeout >= TimeSpan.FromMilliseconds(1) ? timeout
            : throw new BuildCacheException(ErrorId.InvalidSetting, $"The timeout {timeout} is less than a millisecond. Give a time, as in '00:00:30' for 30 seconds, or 0 not to wait.");
    }
}
