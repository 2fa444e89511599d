using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace BuildCache.Benchmarks.Measurement;

/// <summary>The processes that this one started, directly or not. Linux only.</summary>
/// <remarks>
/// This process becomes a subreaper: a descendant whose parent ends becomes its child, so that one that outlives a build is
/// still found, and its CPU time is still counted by <see cref="ChildUsage"/> once it has ended and was waited for.
/// </remarks>
internal static class ProcessTree
{
    // The unit of the times in /proc, the same on every Linux that .NET runs on.
    private const double TicksASecond = 100;

    /// <summary>Makes this process the one that inherits orphaned descendants.</summary>
    public static void Adopt()
    {
        const int SetChildSubreaper = 36;
        if (!OperatingSystem.IsLinux() || prctl(SetChildSubreaper, 1, 0, 0, 0) != 0)
        {
            throw new PlatformNotSupportedException("Builds are measured on Linux only.");
        }
    }

    /// <summary>The descendants that run now. Those that ended and were left to this process are waited for.</summary>
    public static IReadOnlyList<Descendant> Descendants()
    {
        var all = Directory.EnumerateDirectories("/proc")
            .Select(directory => int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? Read(id) : null)
            .OfType<Status>().ToDictionary(status => status.Id);
        List<Descendant> found = [];
        foreach (Status status in all.Values.Where(status => IsBelow(status, all)))
        {
            if (status.State != 'Z')
            {
                found.Add(new Descendant(status.Id, status.StartedTicks, status.CpuSeconds, TryRead($"/proc/{status.Id}/cmdline")?.Replace('\0', ' ') ?? ""));
            }
            else if (status.Parent == Environment.ProcessId)
            {
                _ = waitpid(status.Id, out _, NoHang);
            }
        }

        return found;
    }

    /// <summary>Ends a descendant and waits until its time is counted.</summary>
    public static void End(Descendant descendant)
    {
        if (Read(descendant.Id) is not { } status || status.StartedTicks != descendant.StartedTicks)
        {
            return;
        }

        using var process = Process.GetProcessById(descendant.Id);
        process.Kill();
        WaitUntil(() => !Descendants().Any(other => other.Id == descendant.Id), $"'{descendant.CommandLine}' does not end.");
    }

    /// <summary>Waits until something is so, for at most half a minute.</summary>
    /// <exception cref="InvalidOperationException">It is not so by then.</exception>
    public static void WaitUntil(Func<bool> isSo, string otherwise)
    {
        var watch = Stopwatch.StartNew();
        while (!isSo())
        {
            if (watch.Elapsed > TimeSpan.FromSeconds(30))
            {
                throw new InvalidOperationException(otherwise);
            }

            Thread.Sleep(20);
        }
    }

    private static bool IsBelow(Status status, Dictionary<int, Status> all)
    {
        for (Status? above = status; above is not null; above = all.GetValueOrDefault(above.Parent))
        {
            if (above.Parent == Environment.ProcessId)
            {
                return true;
            }
        }

        return false;
    }

    private static Status? Read(int id)
    {
        if (TryRead($"/proc/{id}/stat") is not { } stat)
        {
            return null;
        }

        // The second field is a name in brackets, which may hold anything. What follows: state, parent, …; user and system
        // time of the process, then of the children that it waited for; …, start.
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        long Number(int index) => long.Parse(fields[index], CultureInfo.InvariantCulture);
        return new Status(id, fields[0][0], (int)Number(1), (Number(11) + Number(12) + Number(13) + Number(14)) / TicksASecond, Number(19));
    }

    private static string? TryRead(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It ended meanwhile, or belongs to another user.
            return null;
        }
    }

    private const int NoHang = 1;

    [DllImport("libc", EntryPoint = "prctl", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int prctl(int option, nuint argument, nuint second, nuint third, nuint fourth);

    [DllImport("libc", EntryPoint = "waitpid", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int waitpid(int id, out int status, int options);

    private sealed record Status(int Id, char State, int Parent, double CpuSeconds, long StartedTicks);
}

/// <summary>A process that this one started, directly or not.</summary>
/// <param name="Id">Its number.</param>
/// <param name="StartedTicks">When it started; with the number this names it for good.</param>
/// <param name="CpuSeconds">What it and the children that it waited for took so far, in hundredths.</param>
/// <param name="CommandLine">Its program and arguments.</param>
internal sealed record Descendant(int Id, long StartedTicks, double CpuSeconds, string CommandLine);
