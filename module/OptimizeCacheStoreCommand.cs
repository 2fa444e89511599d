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

    /// <summary>Then the least recently used go until the rest fits, for example 10GB.</summary>
    [Parameter]
    public string? MaximumSize { get; set; }

    /// <inheritdoc/>
    protected override object? Target => _current?.Uri;

    /// <inheritdoc/>
    protected override void Open()
    {
        base.Open();
        _policy = new PrunePolicy(MaximumAge, Budget: MaximumSize is null ? null : new SpaceBudget(SizeLimit.Parse(MaximumSize)));
        // A plain number is a number of ticks to PowerShell; taken at its word, '-MaximumAge 30' would empty the store.
        if (MaximumAge < TimeSpan.FromSeconds(1) && MaximumAge != TimeSpan.Zero)
        {
            throw new BuildCacheException(ErrorId.InvalidSetting, $"The maximum age {MaximumAge} is less than a second. Give how long an entry may stay unused, as in '30.00:00:00' for 30 days.");
        }
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
        var pruner = new EntryPruner(store);
        PruneResult plan = Await(cancellation => pruner.PlanAsync(_policy, cancellation));
        (List<PrunedEntry> approved, bool isWhatIf) = ([], false);
        foreach (PrunedEntry planned in plan.Removed)
        {
            if (Approves($"Remove the entry {planned.Entry.Key} ({ContentOf(planned.Entry)}): {planned.Reason}", ref isWhatIf))
            {
                approved.Add(planned);
            }
        }

        if (approved.Count == plan.Removed.Count && Approves($"Remove content that no entry needs from {store.Uri}", ref isWhatIf))
        {
            Write(store, Await(cancellation => pruner.PruneAsync(_policy, cancellation)));
        }
        else if (isWhatIf)
        {
            Write(store, plan);
        }
        else
        {
            // Some were declined. Their content is needed, so only the others go; the next run sweeps what they leave.
            var catalog = new EntryCatalog(store);
            foreach (PrunedEntry entry in approved)
            {
                Await(cancellation => catalog.RemoveAsync(entry.Entry.Key, cancellation));
            }

            Write(store, new PruneResult(approved, plan.KeptEntries + plan.Removed.Count - approved.Count, default));
        }
    }

    private void Write(CacheStore store, PruneResult result)
    {
        var output = PSObject.AsPSObject(result);
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
