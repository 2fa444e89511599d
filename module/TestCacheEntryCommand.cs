using System.Management.Automation;

namespace BuildCache.PowerShell;

/// <summary>Tells whether the cache has an entry for a key.</summary>
[Cmdlet(VerbsDiagnostic.Test, "CacheEntry")]
[OutputType(typeof(bool), typeof(CacheLookupResult))]
public sealed class TestCacheEntryCommand : LookupCommand
{
    /// <summary>Gives the result of the lookup, with the entry, in place of a Boolean.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process()
    {
        CacheLookupResult result = Find(Key.Resolve());
        WriteObject(PassThru ? result : result.Hit);
    }
}
