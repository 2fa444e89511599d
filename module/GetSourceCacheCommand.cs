using System.Management.Automation;

namespace BuildCache.PowerShell;

/// <summary>Lists what the source cache holds.</summary>
[Cmdlet(VerbsCommon.Get, "SourceCache")]
[OutputType(typeof(CachedSource))]
public sealed class GetSourceCacheCommand : SourceCacheCommand
{
    /// <inheritdoc/>
    protected override void Process() => WriteObject(List(), enumerateCollection: true);
}
