using System.IO.Enumeration;

namespace BuildCache.Files;

/// <summary>Lists what has a <see cref="StagingName"/> in a directory.</summary>
internal static class StagingNames
{
    private static readonly EnumerationOptions s_everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    /// <summary>Full paths of what has such a name.</summary>
    /// <returns>Nothing where the directory cannot be read.</returns>
    public static IReadOnlyList<string> In(string directory) => List(directory, (ref FileSystemEntry entry) => StagingName.Is(entry.FileName));

    /// <summary>Full paths of what belongs with a name that <see cref="StagingName.New"/> gave.</summary>
    /// <inheritdoc cref="In"/>
    public static IReadOnlyList<string> Of(string directory, string owner) =>
        List(directory, (ref FileSystemEntry entry) => StagingName.BelongsTo(entry.FileName, owner));

    private static IReadOnlyList<string> List(string directory, FileSystemEnumerable<string>.FindPredicate isWanted)
    {
        try
        {
            return [.. new FileSystemEnumerable<string>(directory, (ref FileSystemEntry entry) => entry.ToSpecifiedFullPath(), s_everything) { ShouldIncludePredicate = isWanted }];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
