using BuildCache.Content;
using BuildCache.Pruning;
using BuildCache.Stores;

namespace BuildCache.Entries;

/// <summary>Removes entries by age and size, and the content that no entry needs any more.</summary>
/// <remarks>Mark and sweep, safe beside running builds: what they save now is younger than the grace period, and an entry that loses
/// a blob all the same is stale, which its next lookup finds out. If the listing fails, nothing at all is deleted.</remarks>
/// <param name="store">The store.</param>
/// <param name="clock">Tells ages.</param>
public sealed class EntryPruner(CacheStore store, TimeProvider? clock = null)
{
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;

    /// <summary>Works out what goes, without removing anything.</summary>
    /// <exception cref="BuildCacheException">The entries could not all be read.</exception>
    public async ValueTask<PruneResult> PlanAsync(PrunePolicy policy, CancellationToken cancellationToken = default)
    {
        (Plan plan, _) = await MakePlanAsync(policy, cancellationToken);
        return new PruneResult(plan.Removed, plan.Kept.Count, default);
    }

    /// <summary>Prunes.</summary>
    /// <exception cref="BuildCacheException">The entries could not all be read, and nothing was removed; or the store refused later.</exception>
    public async ValueTask<PruneResult> PruneAsync(PrunePolicy policy, CancellationToken cancellationToken = default)
    {
        DateTimeOffset started = _clock.GetUtcNow();
        (Plan plan, Dictionary<Digest, int> uses) = await MakePlanAsync(policy, cancellationToken);
        foreach (Candidate candidate in plan.Gone)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await store.Entries.RemoveAsync(candidate.Indexed, cancellationToken);
        }

        StoreUsage swept = await store.SweepAsync(blob => uses.GetValueOrDefault(blob) > 0, started - PrunePolicy.GracePeriod, cancellationToken);
        return new PruneResult(plan.Removed, plan.Kept.Count, swept);
    }

    private async ValueTask<(Plan Plan, Dictionary<Digest, int> Uses)> MakePlanAsync(PrunePolicy policy, CancellationToken cancellationToken)
    {
        if (store.Tiers.Count > 1)
        {
            // What one tier needs says nothing about what another may lose.
            throw new BuildCacheException(ErrorId.UnsupportedByStore, "Several tiers are pruned one by one. Name one store.");
        }

        var uses = new Dictionary<Digest, int>();
        long total = 0;
        List<Candidate> candidates = [];
        await foreach (IndexedEntry indexed in store.Entries.ListAsync(null, cancellationToken))
        {
            CacheEntry entry;
            EntryContent? content = null;
            try
            {
                entry = EntryCodec.Decode(indexed);
                content = await EntryContents.TryCollectAsync(entry, store.Blobs, cancellationToken);
            }
            catch (BuildCacheException error) when (error.Id == ErrorId.BlobCorrupt)
            {
                entry = new CacheEntry(indexed.Key, [], default, "", default, null, null);
            }

            IReadOnlyCollection<Digest> blobs = content?.Blobs ?? [];

            foreach (Digest blob in blobs)
            {
                uses[blob] = uses.GetValueOrDefault(blob) + 1;
                total += uses[blob] == 1 ? blob.Size : 0;
            }

            candidates.Add(new Candidate(indexed, entry, blobs, IsWhole: content is not null));
        }

        var plan = new Plan([], [], []);
        DateTimeOffset now = _clock.GetUtcNow();
        long? keep = policy.Budget?.BytesToKeep(total, store.MeasureDisk());
        // First those whose content is lost: what they claim to hold must push nobody else out.
        foreach (Candidate candidate in candidates.OrderBy(candidate => candidate.IsWhole).ThenBy(candidate => candidate.Entry.LastUsed))
        {
            string? reason = !candidate.IsWhole ? "its content is lost"
                : policy.ExpiresAfter is { } age && now - candidate.Entry.LastUsed > age ? $"not used for more than {age}"
                : policy.KeepDuration is { } kept && now - candidate.Entry.LastUsed <= kept ? null
                : keep is { } bytes && total > bytes ? $"least recently used, and the store holds more than {bytes:N0} bytes"
                : null;
            if (reason is null)
            {
                plan.Kept.Add(candidate);
                continue;
            }

            plan.Gone.Add(candidate);
            plan.Removed.Add(new PrunedEntry(candidate.Entry, reason));
            foreach (Digest blob in candidate.Blobs)
            {
                // Shared content goes with its last owner.
                total -= --uses[blob] == 0 ? blob.Size : 0;
            }
        }

        return (plan, uses);
    }

    private sealed record Candidate(IndexedEntry Indexed, CacheEntry Entry, IReadOnlyCollection<Digest> Blobs, bool IsWhole);

    private sealed record Plan(List<Candidate> Kept, List<Candidate> Gone, List<PrunedEntry> Removed);
}
