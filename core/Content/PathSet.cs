namespace BuildCache.Content;

/// <summary>Relative paths of which none lies inside of another, to look up quickly which of them a path belongs to.</summary>
internal sealed class PathSet
{
    // With a slash at the end, so that what lies inside of a path begins with it, and sorts right behind it.
    private readonly string[] _paths;

    /// <param name="paths">Relative paths with <c>/</c>.</param>
    public PathSet(IEnumerable<string> paths)
    {
        _paths = [.. paths.Select(path => path + '/')];
        Array.Sort(_paths, StringComparer.Ordinal);
    }

    /// <summary>Whether a path is given twice, or lies inside of another.</summary>
    public bool IsNested => Enumerable.Range(1, Math.Max(0, _paths.Length - 1)).Any(i => _paths[i].StartsWith(_paths[i - 1], StringComparison.Ordinal));

    /// <summary>Whether a path is one of them, or lies inside of one.</summary>
    public bool Holds(string path)
    {
        string wanted = path + '/';
        int index = Array.BinarySearch(_paths, wanted, StringComparer.Ordinal);
        return index >= 0 || (~index > 0 && wanted.StartsWith(_paths[~index - 1], StringComparison.Ordinal));
    }
}
