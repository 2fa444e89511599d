using System.Management.Automation;
using BuildCache.Files;
using BuildCache.Stores;

namespace BuildCache.PowerShell;

/// <summary>Tries a store end to end, and says what works and what does not.</summary>
[Cmdlet(VerbsDiagnostic.Test, "CacheStore")]
[OutputType(typeof(CacheStoreStep), typeof(bool))]
public sealed class TestCacheStoreCommand : StoreCommand
{
    /// <summary>Gives one Boolean: whether every step of every store passed.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc/>
    protected override void Process()
    {
        bool passed = true;
        foreach (StoreTier tier in Catalog.Store.Tiers)
        {
            string scratch = Directory.CreateTempSubdirectory("buildcache-").FullName;
            try
            {
                passed &= Try(tier, scratch);
            }
            finally
            {
                DirectoryRemoval.TryRemove(scratch);
            }
        }

        if (Quiet)
        {
            WriteObject(passed);
        }
    }

    private bool Try(StoreTier tier, string scratch)
    {
        bool passed = true;
        string kind = StoreKind.Of(tier.Store.Uri);
        WriteVerbose($"Trying {tier.Store.Uri}{(tier.IsReadOnly ? ", for reading only" : "")}.");
        // Enumerated by hand, so that each step is shown when it is done.
        IAsyncEnumerator<ProbeResult> steps = Await(cancellation => new ValueTask<IAsyncEnumerator<ProbeResult>>(
            new StoreProbe(tier.Store, tier.IsReadOnly, scratch).RunAsync(cancellation).GetAsyncEnumerator(cancellation)));
        try
        {
            while (Await(_ => steps.MoveNextAsync()))
            {
                ProbeResult step = steps.Current;
                passed &= step.Passed;
                if (!Quiet)
                {
                    WriteObject(new CacheStoreStep(tier.Store.Uri, kind, step.Step, step.Passed, step.Duration, step.Message, step.Error?.Name));
                }
            }
        }
        finally
        {
            steps.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }

        return passed;
    }
}
