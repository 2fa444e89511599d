using System.Runtime.InteropServices;

namespace BuildCache.Files;

/// <summary>Reads the names of a directory on macOS, which has them from its C library alone.</summary>
internal static unsafe class MacDirectory
{
    private const int TypeOffset = 20;
    private const int NameOffset = 21;

    /// <summary>Begins to read a directory.</summary>
    /// <param name="directory">An open handle of it. It is not closed.</param>
    /// <returns>What <see cref="Next"/> and <see cref="Close"/> take, or 0.</returns>
    public static nint Open(int directory)
    {
        int own = UnixCalls.Duplicate(directory);
        if (own < 0)
        {
            return 0;
        }

        nint stream = IsArm ? fdopendir(own) : OpenOnIntel(own);
        if (stream == 0)
        {
            UnixCalls.Close(own);
        }

        return stream;
    }

    /// <summary>Gives the next name, which is valid until the next call, and its kind.</summary>
    public static bool Next(nint stream, out byte* name, out byte type)
    {
        byte* entry = IsArm ? readdir(stream) : ReadOnIntel(stream);
        name = entry is null ? null : entry + NameOffset;
        type = entry is null ? (byte)0 : entry[TypeOffset];
        return entry is not null;
    }

    public static void Close(nint stream) => _ = closedir(stream);

    // On Intel the plain names are those of calls with shorter file numbers.
    private static bool IsArm => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    [DllImport("libc", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint fdopendir(int handle);

    [DllImport("libc", EntryPoint = "fdopendir$INODE64", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint OpenOnIntel(int handle);

    [DllImport("libc", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern byte* readdir(nint stream);

    [DllImport("libc", EntryPoint = "readdir$INODE64", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern byte* ReadOnIntel(nint stream);

    [DllImport("libc", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int closedir(nint stream);
}
