using System.Diagnostics;
using System.Runtime.InteropServices;

namespace BuildCache.Tests.Fuzz;

/// <summary>The time that this thread has computed, where the system tells it: others that compute on the machine do not count.</summary>
internal static class ThreadTime
{
    public static TimeSpan Now
    {
        get
        {
            const int OfThread = 3;
            return OperatingSystem.IsLinux() && clock_gettime(OfThread, out Moment moment) == 0
                ? TimeSpan.FromSeconds(moment.Seconds) + TimeSpan.FromMicroseconds(moment.Nanoseconds / 1000.0)
                : Stopwatch.GetElapsedTime(0);
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Moment
    {
        public nint Seconds;
        public nint Nanoseconds;
    }

    [DllImport("libc", EntryPoint = "clock_gettime", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int clock_gettime(int clock, out Moment moment);
}
