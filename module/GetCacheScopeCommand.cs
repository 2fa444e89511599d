using System.Management.Automation;
using BuildCache.Configuration;

namespace BuildCache.PowerShell;

/// <summary>Tells which scope is in force, and where each of its values comes from.</summary>
[Cmdlet(VerbsCommon.Get, "CacheScope")]
[OutputType(typeof(CacheScopeInfo))]
public sealed class GetCacheScopeCommand : CacheCommand
{
    private string? _current;

    /// <summary>Scopes to explain, for example 'project,branch'. Without it: BUILDCACHE_SCOPE, buildcache.json, the user's settings, the project.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public string[]? Scope { get; set; }

    /// <inheritdoc/>
    protected override object? Target => _current;

    /// <inheritdoc/>
    protected override void Process()
    {
        foreach (string? scope in Scope ?? (string?[])[null])
        {
            _current = scope;
            Guard(() => WriteObject(new CacheScopeInfo(CacheSettings.Resolve(Workspace, scope: scope).ExplainedScope, Workspace.Root)));
        }
    }
}
