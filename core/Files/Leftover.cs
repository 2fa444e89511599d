namespace BuildCache.Files;

/// <summary>What could not be removed.</summary>
/// <param name="Path">Full path.</param>
/// <param name="Why">What the system says.</param>
internal readonly record struct Leftover(string Path, string Why)
{
    /// <summary>For people.</summary>
    public override string ToString() => $"'{Path}' ({Why})";
}
