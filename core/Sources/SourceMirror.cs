namespace BuildCache.Sources;

/// <summary>A place that keeps sources in their original format.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Prefixes">For each alias that it mirrors, the addresses that stand in for the alias's own, in order.</param>
/// <param name="IsUser">Whether it comes from the user's own settings.</param>
public sealed record SourceMirror(string Name, IReadOnlyDictionary<string, IReadOnlyList<string>> Prefixes, bool IsUser = false);
