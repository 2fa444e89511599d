using System.Globalization;
using System.Runtime.InteropServices;

namespace BuildCache.Configuration;

/// <summary>Names one sitting at a prompt: the same in every process that is started from it, and never again.</summary>
/// <remarks>
/// <para>On Unix it is the session of the terminal (<c>getsid</c>). The number of its leader is used again by and by, so the time at which
/// the leader started counts too, and the boot of the machine, after which both begin anew; on Linux also the namespace in which the
/// number means anything. macOS does not tell when a process of another user started, and there it does not count.</para>
/// <para>On Windows it is the sign-in: the number of the desktop session and the time of the log-on, which
/// <c>WTSQuerySessionInformation</c> tells. All windows of one sign-in are one sitting.</para>
/// </remarks>
internal static class Sitting
{
    public static string Name() => string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}:{(OperatingSystem.IsWindows() ? OnWindows() : OnUnix())}");

    private static string OnUnix()
    {
        int leader = getsid(0);
        return OperatingSystem.IsLinux()
            ? string.Create(CultureInfo.InvariantCulture, $"{Read("/proc/sys/kernel/random/boot_id")}:{LinkOf("/proc/self/ns/pid")}:{leader}:{StartOf(leader)}")
            : string.Create(CultureInfo.InvariantCulture, $"{BootOfMac()}:{leader}");
    }

    // In ticks since the boot: the 22nd field, of which the second is a name in brackets that may hold anything.
    private static string StartOf(int process)
    {
        string status = Read(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
        string[] fields = status[(status.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        // The leader may be gone, or belong to another namespace; its number is taken as long as the session lives.
        return fields.Length > 19 ? fields[19] : "-";
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string LinkOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget ?? "";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string BootOfMac()
    {
        byte[] text = new byte[64];
        nint length = text.Length;
        return sysctlbyname("kern.bootsessionuuid", text, ref length, 0, 0) == 0 ? System.Text.Encoding.ASCII.GetString(text, 0, (int)length).TrimEnd('\0') : "";
    }

    private static string OnWindows()
    {
        const int CurrentSession = -1, SessionInformation = 24;
        if (!WTSQuerySessionInformationW(0, CurrentSession, SessionInformation, out nint information, out int length))
        {
            return "-";
        }

        try
        {
            // WTSINFOW: the session's number after its state, the time of the log-on behind three names and three other times.
            const int SessionId = 4, LogonTime = 200;
            return length < LogonTime + sizeof(long) ? "-"
                : string.Create(CultureInfo.InvariantCulture, $"{Marshal.ReadInt32(information, SessionId)}:{Marshal.ReadInt64(information, LogonTime)}");
        }
        finally
        {
            WTSFreeMemory(information);
        }
    }

    [DllImport("libc", EntryPoint = "getsid", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int getsid(int process);

    [DllImport("libc", EntryPoint = "sysctlbyname", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int sysctlbyname([MarshalAs(UnmanagedType.LPUTF8Str)] string name, [Out] byte[] value, ref nint length, nint newValue, nint newLength);

    [DllImport("wtsapi32", EntryPoint = "WTSQuerySessionInformationW", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool WTSQuerySessionInformationW(nint server, int session, int what, out nint information, out int length);

    [DllImport("wtsapi32", EntryPoint = "WTSFreeMemory", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern void WTSFreeMemory(nint memory);
}
