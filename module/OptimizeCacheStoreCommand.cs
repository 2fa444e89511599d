using System.Management.Automation;
using BuildCache.Entries;
using BuildCache.Pruning;
using BuildCache.Stores;

namespace BuildCache.PowerShell;

/// <summary>Removes old and superfluous entries, and the content that no entry needs.</summary>
[Cmdlet(VerbsCommon.Optimize, "CacheStore", SupportsShouldProcess = true)]
[OutputType(typeof(PruneResult))]
public sealed class OptimizeCacheStoreCommand : StoreCommand
{
    private PrunePolicy _policy = new();
    private CacheStore? _current;

    /// <summary>Entries that were not used for longer go.</summary>
    [Parameter]
    public TimeSpan? MaximumAge { get; set; }

    /// <summary>Entries that were used within it stay, whatever the limits; without any limit, all others go.</summary>
    [Parameter]
    public TimeSpan? KeepDuration { get; set; }

    /// <summary>Over this size the least recently used go until the rest fits, for example 10GB, or 10% of the disk.</summary>
    [Parameter, Alias("MaximumSize")]
    public string? MaximumUsed { get; set; }

    /// <summary>What the store may take in any case.</summary>
    [Parameter]
    public string? Reserved { get; set; }

    /// <summary>What is to stay free on the store's disk.</summary>
    [Parameter]
    public string? MinimumFree { get; set; }

    /// <summary>How far to go down once a limit is passed.</summary>
    [Parameter, Alias("Target")]
    public string? TargetUsed { get; set; }

    /// <inheritdoc/>
    protected override object? Target => _current?.Uri;

    /// <inheritdoc/>
    protected override void Open()
    {
        base.Open();
        _policy = PrunePolicyArguments.Parse(MaximumAge, KeepDuration, MaximumUsed, Reserved, MinimumFree, TargetUsed);
    }

    /// <inheritdoc/>
    protected override void Process()
    {
        IReadOnlyList<StoreTier> tiers = Catalog.Store.Tiers;
        foreach (StoreTier tier in tiers)
        {
            _current = tier.Store;
            if (tier.IsReadOnly)
            {
                WriteVerbose($"{tier.Store.Uri} is only read, and left alone.");
                continue;
            }

            Guard(() =>
            {
                try
                {
                    Prune(tier.Store);
                }
                catch (BuildCacheException error) when (error.Id == ErrorId.UnsupportedByStore && tiers.Count > 1)
                {
                    WriteVerbose($"{tier.Store.Uri} is left alone. {error.Message}");
                }
            });
        }
    }

    private void Prune(CacheStore store)
    {
        using PruneRun run = Await(cancellation => new EntryPruner(store).BeginAsync(_policy, cancellation));
        (bool isWhatIf, bool anyDeclined) = (false, false);
        while (Await(cancellation => run.NextAsync(cancellation)) is { Count: > 0 } going)
        {
            List<PrunedEntry> approved = [];
            foreach (PrunedEntry planned in going)
            {
                if (Approves($"Remove the entry {planned.Entry.Key} ({ContentOf(planned.Entry)}): {planned.Reason}", ref isWhatIf))
                {
                    approved.Add(planned);
                }
            }

            if (!isWhatIf)
            {
                anyDeclined |= approved.Count < going.Count;
                Await(cancellation => run.RemoveAsync(approved, cancellation));
            }
        }

        // After one refusal nobody is asked about the rest; the next run sweeps what the others leave.
        bool sweeps = !anyDeclined && Approves($"Remove content that no entry needs from {store.Uri}", ref isWhatIf);
        var output = PSObject.AsPSObject(sweeps ? Await(cancellation => run.SweepAsync(cancellation)) : run.Result);
        output.Properties.Add(new PSNoteProperty("Store", store.Uri));
        WriteObject(output);
    }

    private bool Approves(string action, ref bool isWhatIf)
    {
        bool approved = ShouldProcess(action, $"{action}?", "Optimize cache store", out ShouldProcessReason reason);
        isWhatIf |= reason == ShouldProcessReason.WhatIf;
        return approved;
    }
}
