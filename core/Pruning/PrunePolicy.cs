namespace BuildCache.Pruning;

/// <summary>What pruning keeps, and what goes. Without any limit nothing goes but what is of no use to anybody.</summary>
/// <param name="MaximumAge">What was not used for longer is expired and goes, however much space there is; <see langword="null"/> lets nothing expire.</param>
/// <param name="KeepDuration">
/// What was used within it is never touched, whatever the other limits say. Alone, without a maximum age and a budget that limits
/// something, it is a limit by itself: all that was not used within it goes. That is how BuildKit takes it.
/// </param>
/// <param name="Budget">How much space there is: over it, the least recently used go until the rest fits; <see langword="null"/> sets no bound.</param>
public sealed record PrunePolicy(TimeSpan? MaximumAge = null, TimeSpan? KeepDuration = null, SpaceBudget? Budget = null)
{
    /// <summary>
    /// A blob younger than this stays even if no entry names it: a save in progress puts its blobs first. No save takes longer
    /// than this between its first blob and its entry, or its entry is found to be stale and the work is done again.
    /// </summary>
    public static readonly TimeSpan GracePeriod = TimeSpan.FromHours(1);

    /// <summary>How long something may stay unused before it is expired, or <see langword="null"/> when nothing expires.</summary>
    public TimeSpan? ExpiresAfter =>
        MaximumAge is { } age ? (KeepDuration > age ? KeepDuration : age)
        : Budget is { HasLimit: true } ? null
        : KeepDuration;
}
