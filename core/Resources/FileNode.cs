using System.Globalization;
using System.Runtime.InteropServices;
using BuildCache.Content;

namespace BuildCache.Resources;

/// <summary>The file that a socket or a pipe is, as far as the system tells.</summary>
/// <param name="Type">What kind of file, as in <see cref="Statx"/>; 0 where the system does not say.</param>
/// <param name="Identity">Tells it from every other file that was or will be at its path, on this machine.</param>
internal readonly record struct FileNode(int Type, string Identity)
{
    /// <summary>Looks at the file at a path.</summary>
    /// <returns><see langword="null"/> when there is none.</returns>
    /// <exception cref="IOException">The system did not say. Likewise the other.</exception>
    /// <exception cref="UnauthorizedAccessException">The user may not know.</exception>
    public static FileNode? At(string path)
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                return OnLinux(path);
            }
        }
        catch (EntryPointNotFoundException)
        {
            // The C library is too old; .NET knows less, and still something.
        }

        var file = new FileInfo(path);
        return file.Exists ? new FileNode(0, file.CreationTimeUtc.Ticks.ToString(CultureInfo.InvariantCulture)) : null;
    }

    private static FileNode? OnLinux(string path)
    {
        Statx status = default;
        const int NoEntry = 2, NoAccess = 13, NotADirectory = 20;
        return status.Read(path) switch
        {
            // Device and inode tell apart what is at one path in two mount namespaces. The inode is used again; when it last changed is not.
            0 => new FileNode(status.Type, string.Create(CultureInfo.InvariantCulture,
                $"{status.DeviceMajor}:{status.DeviceMinor}:{status.Inode}:{status.ChangedSeconds}.{status.ChangedNanoseconds:D9}")),
            NoEntry or NotADirectory => null,
            NoAccess => throw new UnauthorizedAccessException($"Access to '{path}' is denied."),
            int error => throw new IOException($"'{path}': {Marshal.GetPInvokeErrorMessage(error)}"),
        };
    }
}
