namespace BuildCache.Benchmarks.Measurement;

/// <summary>What one run took.</summary>
/// <param name="UserSeconds">CPU seconds in programs.</param>
/// <param name="SystemSeconds">CPU seconds in the kernel on their behalf.</param>
/// <param name="WallSeconds">Seconds on the clock.</param>
/// <param name="PeakBytes">The most memory that was resident at once; 0 where nobody looked.</param>
internal readonly record struct Cost(double UserSeconds, double SystemSeconds, double WallSeconds, long PeakBytes = 0)
{
    /// <summary>That of a run that failed.</summary>
    public static Cost Unknown { get; } = new(double.NaN, double.NaN, double.NaN);

    /// <summary>All CPU seconds.</summary>
    public double CpuSeconds => UserSeconds + SystemSeconds;
}
