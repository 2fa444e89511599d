namespace BuildCache.Benchmarks.Measurement;

/// <summary>What one run took.</summary>
/// <param name="UserSeconds">CPU seconds in programs.</param>
/// <param name="SystemSeconds">CPU seconds in the kernel on their behalf.</param>
/// <param name="WallSeconds">Seconds on the clock.</param>
/// <param name="PeakBytes">The most memory that was resident at once; 0 where nobody looked.</param>
internal readonly record struct Cost(double UserSeconds, double SystemSeconds, double WallSeconds, long PeakBytes = 0)
{
    /// <summary>All CPU seconds.</summary>
    public double CpuSeconds => UserSeconds + SystemSeconds;
}
