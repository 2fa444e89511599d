using System.Collections.Immutable;
using BuildCache.Configuration;

namespace BuildCache.PowerShell;

/// <summary>A scope, and where everything in it comes from.</summary>
public sealed class CacheScopeInfo
{
    internal CacheScopeInfo(ExplainedScope scope, string workspaceRoot)
    {
        Scope = scope.Scope.ToString();
        Pairs = scope.Pairs;
        ChosenBy = scope.ChosenBy;
        WorkspaceRoot = workspaceRoot;
    }

    /// <summary>The scope as text, with all values; it can be given as a scope again.</summary>
    public string Scope { get; }

    /// <summary>The pairs of the scope, each with where its value was found.</summary>
    public ImmutableArray<ScopePair> Pairs { get; }

    /// <summary>What chose the scope.</summary>
    public string ChosenBy { get; }

    /// <summary>The root of the workspace around the current location.</summary>
    public string WorkspaceRoot { get; }

    /// <summary>The scope as text.</summary>
    public override string ToString() => Scope;
}
