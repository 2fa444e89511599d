using System.Management.Automation;
using BuildCache.Entries;

namespace BuildCache.PowerShell;

/// <summary>Removes old and superfluous entries, and the content that no entry needs.</summary>
[Cmdlet(VerbsCommon.Optimize, "CacheStore", SupportsShouldProcess = true)]
[OutputType(typeof(PruneResult))]
public sealed class OptimizeCacheStoreCommand : StoreCommand
{
    private PrunePolicy _policy = new();

    /// <summary>Entries that were not used for longer go.</summary>
    [Parameter]
    public TimeSpan? MaximumAge { get; set; }

    /// <summary>Then the least recently used go until the rest fits, for example 10GB.</summary>
    [Parameter]
    public string? MaximumSize { get; set; }

    /// <inheritdoc/>
    protected override object? Target => Settings.Store;

    /// <inheritdoc/>
    protected override void Open()
    {
        base.Open();
        _policy = new PrunePolicy(MaximumAge, MaximumSize is null ? null : ByteSize.Parse(MaximumSize));
        // A plain number is a number of ticks to PowerShell; taken at its word, '-MaximumAge 30' would empty the store.
        if (MaximumAge < TimeSpan.FromSeconds(1) && MaximumAge != TimeSpan.Zero)
        {
            throw new BuildCacheException(ErrorId.InvalidSetting, $"The maximum age {MaximumAge} is less than a second. Give how long an entry may stay unused, as in '30.00:00:00' for 30 days.");
        }
    }

    /// <inheritdoc/>
    protected override void Process()
    {
        var pruner = new EntryPruner(Catalog.Store);
        PruneResult plan = Await(cancellation => pruner.PlanAsync(_policy, cancellation));
        (List<PrunedEntry> approved, bool isWhatIf) = ([], false);
        foreach (PrunedEntry planned in plan.Removed)
        {
            if (Approves($"Remove the entry {planned.Entry.Key} ({ContentOf(planned.Entry)}): {planned.Reason}", ref isWhatIf))
            {
                approved.Add(planned);
            }
        }

        if (approved.Count == plan.Removed.Count && Approves($"Remove content that no entry needs from {Settings.Store}", ref isWhatIf))
        {
            WriteObject(Await(cancellation => pruner.PruneAsync(_policy, cancellation)));
        }
        else if (isWhatIf)
        {
            WriteObject(plan);
        }
        else
        {
            // Some were declined. Their content is needed, so only the others go; the next run sweeps what they leave.
            foreach (PrunedEntry entry in approved)
            {
                Await(cancellation => Catalog.RemoveAsync(entry.Entry.Key, cancellation));
            }

            WriteObject(new PruneResult(approved, plan.KeptEntries + plan.Removed.Count - approved.Count, default));
        }
    }

    private bool Approves(string action, ref bool isWhatIf)
    {
        bool approved = ShouldProcess(action, $"{action}?", "Optimize cache store", out ShouldProcessReason reason);
        isWhatIf |= reason == ShouldProcessReason.WhatIf;
        return approved;
    }
}
