using BuildCache.Keys;

namespace BuildCache.Trust;

/// <summary>Scopes that a setting means: <c>*</c> for all, or a scope, which stands for itself and for each that has more pairs. A value may end with <c>*</c>.</summary>
public sealed class ScopePattern
{
    private readonly CacheScope? _scope;

    private ScopePattern(CacheScope? scope) => _scope = scope;

    /// <summary>Every scope.</summary>
    public static ScopePattern All { get; } = new(null);

    /// <summary>Reads a pattern.</summary>
    /// <param name="text">For example <c>*</c>, <c>project:acme</c>, or <c>project:acme,branch:release/*</c>.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidScope"/>.</exception>
    public static ScopePattern Parse(string text) => text == "*" ? All : new(CacheScope.Parse(text));

    /// <summary>Whether a scope is among them.</summary>
    public bool Covers(CacheScope scope) =>
        _scope is null || _scope.Pairs.All(pair => scope.Pairs.Any(other => other.Kind == pair.Kind && Matches(pair.Value, other.Value)));

    /// <inheritdoc/>
    public override string ToString() => _scope?.ToString() ?? "*";

    private static bool Matches(string pattern, string value) =>
        pattern.EndsWith('*') ? value.StartsWith(pattern[..^1], StringComparison.Ordinal) : value == pattern;
}
