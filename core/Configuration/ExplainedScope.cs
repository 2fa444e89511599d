using System.Collections.Immutable;
using BuildCache.Keys;

namespace BuildCache.Configuration;

/// <summary>A scope, and where everything in it comes from.</summary>
/// <param name="Scope">The scope.</param>
/// <param name="Pairs">Its pairs, in its order.</param>
/// <param name="ChosenBy">What chose the scope, for people: <c>the parameter Scope</c>, the name of a variable, a setting and its file, <c>the default</c>.</param>
public sealed record ExplainedScope(CacheScope Scope, ImmutableArray<ScopePair> Pairs, string ChosenBy);

/// <summary>One pair of a scope.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Value">Its value; empty for <see cref="ScopeKind.Global"/>.</param>
/// <param name="Source">Where the value was found, for people; what chose the scope, where that gave the value itself.</param>
public sealed record ScopePair(ScopeKind Kind, string Value, string Source)
{
    /// <summary>For people: <c>Project demo ('project' in /src/demo/buildcache.json)</c>.</summary>
    public override string ToString() => $"{Kind}{(Value.Length > 0 ? " " : "")}{Value} ({Source})";
}
