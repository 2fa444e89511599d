using BuildCache.Configuration;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Pruning;
using BuildCache.Stores;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild;

/// <summary>Removes old and superfluous entries, and the content that no entry needs, as the cmdlet <c>Optimize-CacheStore</c> does.</summary>
/// <remarks>Only where the cache may be written. Of several stores each is pruned by itself, as far as it can be.</remarks>
public sealed class OptimizeCacheStore : CacheTask
{
    /// <summary>Entries that were not used for longer go: <c>30</c> days, or <c>30.12:00:00</c>.</summary>
    public string? MaximumAge { get; set; }

    /// <summary>Entries that were used within it stay, whatever the limits; without any limit, all others go.</summary>
    public string? KeepDuration { get; set; }

    /// <summary>Over this size the least recently used go until the rest fits: <c>10GB</c>, or <c>10%</c> of the disk.</summary>
    public string? MaximumUsed { get; set; }

    /// <summary>What the store may take in any case.</summary>
    public string? Reserved { get; set; }

    /// <summary>What is to stay free on the store's disk.</summary>
    public string? MinimumFree { get; set; }

    /// <summary>How far to go down once a limit is passed.</summary>
    public string? TargetUsed { get; set; }

    /// <summary>How many entries went.</summary>
    [Output]
    public long RemovedEntries { get; private set; }

    /// <summary>The bytes of the content that was deleted.</summary>
    [Output]
    public long FreedBytes { get; private set; }

    private protected override void Run(Workspace workspace, CacheSettings settings, HashMemory memory)
    {
        // An empty property is as good as none.
        PrunePolicy policy = PrunePolicyArguments.Parse(
            PrunePolicyArguments.ParseDuration(MaximumAge), PrunePolicyArguments.ParseDuration(KeepDuration),
            NullIfEmpty(MaximumUsed), NullIfEmpty(Reserved), NullIfEmpty(MinimumFree), NullIfEmpty(TargetUsed));
        if (!settings.Mode.Writes())
        {
            return;
        }

        IReadOnlyList<StoreTier> tiers = Open(settings, memory).Store.Tiers;
        foreach (StoreTier tier in tiers.Where(tier => !tier.IsReadOnly))
        {
            try
            {
                Prune(tier.Store, policy);
            }
            catch (BuildCacheException error) when (error.Id == ErrorId.UnsupportedByStore && tiers.Count > 1)
            {
                Log.LogMessage(MessageImportance.Low, "{0}", $"BuildCache: {tier.Store.Uri} is left alone. {error.Message}");
            }
        }
    }

    private void Prune(CacheStore store, PrunePolicy policy)
    {
        PruneResult result = new EntryPruner(store).PruneAsync(
            policy, removed => Log.LogMessage(MessageImportance.Low, "{0}", $"BuildCache: removed the entry {removed.Entry.Key}: {removed.Reason}"), Stop).AsTask().GetAwaiter().GetResult();
        RemovedEntries += result.RemovedEntries;
        FreedBytes += result.Swept.Bytes;
        Log.LogMessage(MessageImportance.Normal, "{0}",
            $"BuildCache: {store.Uri}: {result.RemovedEntries:N0} entries removed, {result.KeptEntries:N0} kept, {ByteSize.Format(result.Swept.Bytes)} deleted.");
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
