using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace BuildCache.Files;

/// <summary>Asks Linux whether any process has a file open for writing, or mapped so that it can be written.</summary>
/// <remarks>A read lease is granted on a file that no process can write to at that moment. A mapping counts for as long as it is there, the
/// descriptor closed or not. The lease is given back at once; a process that opens the file for writing meanwhile waits for that.</remarks>
internal static class OpenForWriting
{
    /// <summary>Asks for a file on a file system of the kind <see cref="FileSystemKind.Disk"/>.</summary>
    /// <returns><see langword="null"/> when the system does not tell this user: the file belongs to another one, or leases are disabled.</returns>
    public static bool? Test(string path)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return Test(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool? Test(SafeFileHandle file)
    {
        const int SetSignal = 10, SetLease = 1024, ReadLease = 0, NoLease = 2, TryAgain = 11;
        // Sent to the holder of a lease when another process opens the file. The default, SIGIO, would end this process; this one is ignored.
        const int Urgent = 23;
        if (fcntl(file, SetSignal, Urgent) != 0)
        {
            return null;
        }

        if (fcntl(file, SetLease, ReadLease) == 0)
        {
            // Closing the file would do; no other process has to wait for that.
            _ = fcntl(file, SetLease, NoLease);
            return false;
        }

        return Marshal.GetLastPInvokeError() == TryAgain ? true : null;
    }

    [DllImport("libc", EntryPoint = "fcntl", ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fcntl(SafeFileHandle file, int command, nint argument);
}
