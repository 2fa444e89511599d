namespace BuildCache.Benchmarks.Generation;

/// <summary>How big a generated solution is.</summary>
/// <param name="Projects">Class libraries.</param>
/// <param name="Classes">Classes in each, a file each.</param>
/// <param name="Depth">Levels of libraries, each referring to the one below.</param>
internal sealed record SolutionShape(int Projects, int Classes, int Depth)
{
    private const int MostReferences = 3;

    /// <summary>The level of a library, 0 for the lowest.</summary>
    public int LevelOf(int project) => (int)((long)project * Depth / Projects);

    /// <summary>The libraries of a level.</summary>
    public IReadOnlyList<int> OnLevel(int level) => [.. Enumerable.Range(0, Projects).Where(project => LevelOf(project) == level)];

    /// <summary>The libraries that a library refers to: two or three of the level below, as far as there are as many.</summary>
    public IReadOnlyList<int> ReferencesOf(int project)
    {
        IReadOnlyList<int> below = OnLevel(LevelOf(project) - 1);
        int count = Math.Min(below.Count, MostReferences - (project % 2));
        return [.. Enumerable.Range(project, count).Select(i => below[i % below.Count])];
    }
}
