using System.Runtime.InteropServices;
using FileIO = System.IO.File;

namespace BuildCache.Stores.File;

/// <summary>Gives a file a name that nothing has yet; of several that try at the same time, one succeeds.</summary>
internal static class NewName
{
    /// <summary>Moves a file to a name that nothing has.</summary>
    /// <exception cref="IOException">Something has that name, and keeps it.</exception>
    public static void Move(string from, string to)
    {
        // File.Move without overwriting looks first and renames then, except on Windows: two that look at the same time both
        // rename, and the second replaces what the first has put. A second name for a file is refused by the system itself.
        if (OperatingSystem.IsWindows())
        {
            FileIO.Move(from, to);
            return;
        }

        if (link(from, to) == 0)
        {
            FileIO.Delete(from);
            return;
        }

        int error = Marshal.GetLastPInvokeError();
        const int Exists = 17, NoEntry = 2;
        switch (error)
        {
            case Exists:
                throw new IOException($"There is a '{to}' already.");
            case NoEntry when FileIO.Exists(from):
                throw new DirectoryNotFoundException($"There is no directory for '{to}'.");
            default:
                // A file system without second names: what .NET does is the best there is.
                FileIO.Move(from, to);
                break;
        }
    }

    [DllImport("libc", EntryPoint = "link", ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int link([MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);
}
