using System.Globalization;

namespace BuildCache.Pruning;

/// <summary>Reads a policy the way users write one, for cmdlets and tasks alike.</summary>
public static class PrunePolicyArguments
{
    /// <summary>Makes a policy.</summary>
    /// <param name="maximumAge">What was not used for longer goes; at least a second, or zero.</param>
    /// <param name="keepDuration">What was used within it stays; at least a second, or zero.</param>
    /// <param name="maximumUsed">The most to take, as <c>200GB</c>, or <c>10%</c> of the disk.</param>
    /// <param name="reserved">What may be taken in any case, likewise.</param>
    /// <param name="minimumFree">What is to stay free on the disk, likewise.</param>
    /// <param name="target">How far to go down once a limit is passed, likewise.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidSetting"/>: one of them is malformed, or means nothing without another.</exception>
    public static PrunePolicy Parse(
        TimeSpan? maximumAge = null, TimeSpan? keepDuration = null, string? maximumUsed = null, string? reserved = null, string? minimumFree = null, string? target = null)
    {
        Check(maximumAge, "maximum age");
        Check(keepDuration, "keep duration");
        var budget = new SpaceBudget(Limit(maximumUsed), Limit(reserved), Limit(minimumFree), Limit(target));
        return budget.HasLimit || (reserved ?? target) is null
            ? new PrunePolicy(maximumAge, keepDuration, budget.HasLimit ? budget : null)
            : throw new BuildCacheException(ErrorId.InvalidSetting,
                $"'{reserved ?? target}' to be reserved, or to go down to, limits nothing by itself. Give the most to take, or what is to stay free on the disk, too.");
    }

    /// <summary>Reads a duration: <c>30</c> days, <c>30.00:00:00</c>, <c>12:00</c> hours.</summary>
    /// <returns><see langword="null"/> for no text.</returns>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidSetting"/>.</exception>
    public static TimeSpan? ParseDuration(string? text) =>
        string.IsNullOrEmpty(text) ? null
        : TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan duration) ? duration
        : throw new BuildCacheException(ErrorId.InvalidSetting, $"'{text}' is no duration. Give days, as in '30', or days and hours, as in '30.12:00:00'.");

    // A plain number is a number of ticks to PowerShell; taken at its word, an age of 30 would empty the cache.
    private static void Check(TimeSpan? duration, string name)
    {
        if (duration < TimeSpan.FromSeconds(1) && duration != TimeSpan.Zero)
        {
            throw new BuildCacheException(ErrorId.InvalidSetting, $"The {name} {duration} is less than a second. Give a time, as in '30.00:00:00' for 30 days.");
        }
    }

    private static SizeLimit? Limit(string? text) => text is null ? null : SizeLimit.Parse(text);
}
