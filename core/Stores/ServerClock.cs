using System.Globalization;

namespace BuildCache.Stores;

/// <summary>The clock of a server, by the date that HTTP answers carry.</summary>
internal static class ServerClock
{
    // Dates have whole seconds, rounded down.
    private static readonly TimeSpan s_halfASecond = TimeSpan.FromSeconds(0.5);

    /// <summary>How far the clock that wrote a date is ahead of another; <see langword="null"/> when the text is no date.</summary>
    public static TimeSpan? SkewOf(string? date, DateTimeOffset now) =>
        DateTimeOffset.TryParseExact(date, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? SkewOf(time, now) : null;

    /// <summary>How far the clock that wrote a date is ahead of another.</summary>
    public static TimeSpan? SkewOf(DateTimeOffset? date, DateTimeOffset now) => date + s_halfASecond - now;
}
