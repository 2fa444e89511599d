using System.Diagnostics;

namespace BuildCache.Benchmarks.Measurement;

/// <summary>What something took in this process, which is warm.</summary>
internal static class OwnCost
{
    /// <summary>Does it, and waits.</summary>
    public static Cost Of(Func<Task> work)
    {
        Environment.ProcessCpuUsage before = Environment.CpuUsage;
        var watch = Stopwatch.StartNew();
        work().GetAwaiter().GetResult();
        Environment.ProcessCpuUsage after = Environment.CpuUsage;
        return new Cost((after.UserTime - before.UserTime).TotalSeconds, (after.PrivilegedTime - before.PrivilegedTime).TotalSeconds, watch.Elapsed.TotalSeconds);
    }

    /// <summary>Two after each other.</summary>
    public static Cost Then(this Cost first, Cost second) =>
        new(first.UserSeconds + second.UserSeconds, first.SystemSeconds + second.SystemSeconds, first.WallSeconds + second.WallSeconds);
}
