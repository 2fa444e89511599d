using System.Management.Automation;
using BuildCache.Keys;

namespace BuildCache.PowerShell;

/// <summary>Removes sources from the source cache.</summary>
[Cmdlet(VerbsCommon.Clear, "SourceCache", SupportsShouldProcess = true)]
public sealed class ClearSourceCacheCommand : SourceCacheCommand
{
    /// <inheritdoc/>
    protected override void Process()
    {
        // By its key where there is one: not every store can list.
        IEnumerable<(CacheKey Key, string Name)> sources = Name is null
            ? List().Select(source => (source.Key, source.Name ?? source.Key.ToString()))
            : Keys().Select(named => (named.Key, named.Value));
        foreach ((CacheKey key, string name) in sources)
        {
            if (ShouldProcess(name, "Remove from the source cache"))
            {
                Await(cancellation => Catalog.RemoveAsync(key, cancellation));
            }
        }
    }
}
