namespace BuildCache.Files;

/// <summary>Errors of the place in the user's tree that something is put into, as distinct from those of where it comes from.</summary>
internal static class DestinationFailure
{
    /// <summary>The error for a file system that refuses.</summary>
    /// <param name="path">Full path of what was to be put there.</param>
    /// <param name="error">What it refused with.</param>
    public static BuildCacheException Of(string path, Exception error) => new(ErrorId.DestinationUnavailable,
        $"'{path}' cannot be written: {error.Message} Check its permissions and the free space of its disk.", error);

    /// <summary>Whether an error is that of a disk or a quota that is full, which only writing gives.</summary>
    public static bool IsFull(Exception error)
    {
        const int NoSpace = 28, QuotaOfLinux = 122, QuotaOfMac = 69, TooBig = 27, DiskFull = unchecked((int)0x80070070), HandleDiskFull = unchecked((int)0x80070027);
        return OperatingSystem.IsWindows()
            ? error.HResult is DiskFull or HandleDiskFull
            : error.HResult is NoSpace or TooBig || error.HResult == (OperatingSystem.IsMacOS() ? QuotaOfMac : QuotaOfLinux);
    }
}
