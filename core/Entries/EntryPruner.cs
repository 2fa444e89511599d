using BuildCache.Pruning;
using BuildCache.Stores;

namespace BuildCache.Entries;

/// <summary>Removes entries by age and size, and the content that no entry needs any more.</summary>
/// <remarks>
/// Mark and sweep, safe beside running builds: what they save now is younger than the grace period, an entry that they use
/// meanwhile stays, and one that loses a blob all the same is stale, which its next lookup finds out. If the listing fails, nothing
/// at all is deleted. What has to be known of all entries is sorted in temporary files; memory does not grow with their number.
/// </remarks>
/// <param name="store">The store.</param>
/// <param name="clock">Tells ages.</param>
public sealed class EntryPruner(CacheStore store, TimeProvider? clock = null)
{
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;

    /// <summary>Looks at all entries, and removes nothing yet.</summary>
    /// <exception cref="BuildCacheException">
    /// The entries could not all be read. <see cref="ErrorId.UnsupportedByStore"/>: the store does not list them, is several stores, or
    /// has no disk that a limit could be a share of.
    /// </exception>
    public ValueTask<PruneRun> BeginAsync(PrunePolicy policy, CancellationToken cancellationToken = default) =>
        // What one tier needs says nothing about what another may lose.
        store.Tiers is [var only]
            ? PruneRun.BeginAsync(only, policy, _clock.GetUtcNow(), cancellationToken)
            : throw new BuildCacheException(ErrorId.UnsupportedByStore, "Several tiers are pruned one by one. Name one store.");

    /// <summary>Works out what goes, without removing anything.</summary>
    /// <param name="policy">What is kept.</param>
    /// <param name="going">Is given each entry that would go, in the order in which it would.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="BuildCacheException">As <see cref="BeginAsync"/>.</exception>
    public async ValueTask<PruneResult> PlanAsync(PrunePolicy policy, Action<PrunedEntry>? going = null, CancellationToken cancellationToken = default)
    {
        using PruneRun run = await BeginAsync(policy, cancellationToken);
        while (await run.NextAsync(cancellationToken) is { Count: > 0 } batch)
        {
            foreach (PrunedEntry entry in batch)
            {
                going?.Invoke(entry);
            }
        }

        return run.Result;
    }

    /// <summary>Prunes.</summary>
    /// <param name="policy">What is kept.</param>
    /// <param name="removed">Is given each entry that went, in the order in which it did.</param>
    /// <param name="cancellationToken">Stops; some may have been removed by then.</param>
    /// <exception cref="BuildCacheException">As <see cref="BeginAsync"/>, and nothing was removed; or the store refused later.</exception>
    public async ValueTask<PruneResult> PruneAsync(PrunePolicy policy, Action<PrunedEntry>? removed = null, CancellationToken cancellationToken = default)
    {
        using PruneRun run = await BeginAsync(policy, cancellationToken);
        while (await run.NextAsync(cancellationToken) is { Count: > 0 } batch)
        {
            foreach (PrunedEntry entry in await run.RemoveAsync(batch, cancellationToken))
            {
                removed?.Invoke(entry);
            }
        }

        return await run.SweepAsync(cancellationToken);
    }
}
