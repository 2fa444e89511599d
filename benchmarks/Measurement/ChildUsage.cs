using System.Runtime.InteropServices;

namespace BuildCache.Benchmarks.Measurement;

/// <summary>The CPU time of the child processes that have ended, with that of their own children.</summary>
/// <remarks>
/// The kernel adds a process's time to its parent when the parent waits for it. .NET waits for every child; a process that
/// outlives its parent, such as the compiler server or a reused MSBuild node, counts here only if <see cref="ProcessTree"/>
/// has adopted it and it has ended.
/// </remarks>
internal static class ChildUsage
{
    private const int Children = -1;

    /// <summary>The time so far; differences of it are what a run took.</summary>
    /// <exception cref="PlatformNotSupportedException">The platform does not count so.</exception>
    public static (double UserSeconds, double SystemSeconds) Read()
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
        {
            throw new PlatformNotSupportedException("CPU time of whole process trees is measured on Linux and macOS only.");
        }

        ResourceUsage usage = default;
        return getrusage(Children, ref usage) == 0
            ? (usage.UserSeconds + (usage.UserMicroseconds * 1e-6), usage.SystemSeconds + (usage.SystemMicroseconds * 1e-6))
            : throw new InvalidOperationException($"getrusage: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [DllImport("libc", EntryPoint = "getrusage", ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int getrusage(int who, ref ResourceUsage usage);

    // Two times and fourteen counters. macOS has 32-bit microseconds, followed by padding.
    [StructLayout(LayoutKind.Explicit, Size = 144)]
    private struct ResourceUsage
    {
        [FieldOffset(0)] public long UserSeconds;
        [FieldOffset(8)] public int UserMicroseconds;
        [FieldOffset(16)] public long SystemSeconds;
        [FieldOffset(24)] public int SystemMicroseconds;
    }
}
