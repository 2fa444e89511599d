namespace BuildCache.Commands;

/// <summary>All that a command wrote, in order, and how it ended.</summary>
/// <param name="Items">What it wrote.</param>
/// <param name="ExitCode">Its exit code, or <see langword="null"/> for one that has none.</param>
/// <param name="IsComplete">Whether that is all it wrote. One that is not complete is not kept.</param>
public sealed record CommandRecording(IReadOnlyList<RecordedItem> Items, int? ExitCode, bool IsComplete = true)
{
    /// <summary>Whether the command failed. A failure is replayed only for those who ask for that.</summary>
    public bool IsFailure { get; init; } = ExitCode is not (null or 0);
}
