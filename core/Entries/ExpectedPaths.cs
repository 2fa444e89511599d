using BuildCache.Content;

namespace BuildCache.Entries;

/// <summary>What a restore may put in place: what its caller expects of the entry, since whoever could write to the store chose its paths.</summary>
public sealed class ExpectedPaths
{
    private readonly IReadOnlyList<string>? _names;

    private ExpectedPaths(IReadOnlyList<string>? names) => _names = names;

    /// <summary>
    /// Nothing was said. Then everything is accepted but files that build tools, package managers, shells and editors read and run without
    /// being told: those have to be named.
    /// </summary>
    public static ExpectedPaths Unsaid { get; } = new(null);

    /// <summary>These paths and what is below them.</summary>
    /// <param name="root">Full path of the directory that the paths were saved from.</param>
    /// <param name="paths">The paths, relative to it or full; none for <see cref="Unsaid"/>.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.PathOutsideWorkspace"/>: one is not below it.</exception>
    public static ExpectedPaths Of(string root, IEnumerable<string> paths) =>
        paths.Select(path => SafePath.RelativeTo(root, Path.TrimEndingDirectorySeparator(Path.GetFullPath(path, root)))).ToList() is { Count: > 0 } names ? new(names) : Unsaid;

    /// <summary>Refuses an entry that would put something else in place.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.UnexpectedPath"/>.</exception>
    public void Check(CacheEntry entry)
    {
        foreach (SavedPath path in entry.Paths)
        {
            if (_names is null ? RunByItself.Is(path.Path, path.IsDirectory) : !_names.Any(name => path.Path == name || path.Path.StartsWith(name + "/", StringComparison.Ordinal)))
            {
                throw new BuildCacheException(ErrorId.UnexpectedPath, _names is null
                    ? $"The entry {entry.Key} holds '{path.Path}', which tools read and run by themselves, so nothing of it is put in place. If you expect it, name the paths that the entry may hold."
                    : $"The entry {entry.Key} holds '{path.Path}', which is not one of the expected paths {string.Join(", ", _names.Select(name => $"'{name}'"))}, so nothing of it is put in place. Find out who saved it, or name that path too.");
            }
        }
    }
}
