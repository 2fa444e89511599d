namespace BuildCache.Commands;

/// <summary>One line, or one object, that a command wrote.</summary>
/// <param name="Channel">Where to.</param>
/// <param name="Data">The line, or the object in a form that its writer knows.</param>
/// <param name="IsObject">Whether it is more than a line of text.</param>
public readonly record struct RecordedItem(CommandChannel Channel, string Data, bool IsObject = false);

/// <summary>All that a command wrote, in order, and how it ended.</summary>
/// <param name="Items">What it wrote.</param>
/// <param name="ExitCode">Its exit code, or <see langword="null"/> for one that has none.</param>
/// <param name="IsComplete">Whether that is all it wrote. One that is not complete is not kept.</param>
public sealed record CommandRecording(IReadOnlyList<RecordedItem> Items, int? ExitCode, bool IsComplete = true);
