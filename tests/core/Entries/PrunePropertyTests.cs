using System.Globalization;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Pruning;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Entries;

public sealed class PrunePropertyTests
{
    [Fact]
    public void Of_any_store_by_any_policy_exactly_that_goes_which_would_go_with_memory_for_everything() =>
        Arbitrary.ForAll(EntryToPrune.Store, store => CheckAsync(store.Entries, store.Policy).GetAwaiter().GetResult(), times: 60);

    private static async Task<bool> CheckAsync(EntryToPrune[] entries, PrunePolicy policy)
    {
        using var rig = new Rig();
        foreach (EntryToPrune entry in entries)
        {
            await entry.SaveAsync(rig);
        }

        List<EntryToPrune> expected = PruneOracle.Prune(entries, policy);
        EntryToPrune[] left = [.. entries.Except(expected)];
        // Later than the grace period, and less than half a day.
        var pruner = new EntryPruner(rig.Store, new FakeClock(TimeSpan.FromHours(2)));
        (List<PrunedEntry> planned, List<PrunedEntry> removed) = ([], []);
        PruneResult plan = await pruner.PlanAsync(policy, planned.Add);
        PruneResult done = await pruner.PruneAsync(policy, removed.Add);

        Assert.Equal(expected.Select(entry => entry.Key), planned.Select(entry => entry.Entry.Key));
        Assert.Equal(expected.Select(entry => entry.Key), removed.Select(entry => entry.Entry.Key));
        Assert.Equal(planned.Select(entry => entry.Reason), removed.Select(entry => entry.Reason));
        Assert.Equal(plan, done with { Swept = default });
        Assert.Equal((expected.Count, left.Length), (done.RemovedEntries, done.KeptEntries));
        Assert.Equal(PruneOracle.BytesOf(left), done.KeptBytes);
        Assert.Equal(PruneOracle.BytesOf(entries) - PruneOracle.BytesOf(left), done.FreedBytes);
        Assert.Equal(left.Count(entry => TimeSpan.FromDays(entry.LastUsedDaysAgo) <= policy.KeepDuration), done.KeptByDuration);
        Assert.Equal(
            left.SelectMany(entry => entry.Owned).Distinct().Select(size => Digest.Of(EntryToPrune.ContentOf(size)).Hash).Order(),
            Blobs(rig).Order());
        return true;
    }

    private static IEnumerable<string> Blobs(Rig rig) =>
        Directory.Exists(rig.Store.Root) ? Directory.GetFiles(Path.Combine(rig.Store.Root, "blobs"), "*", SearchOption.AllDirectories).Select(path => Path.GetFileName(path).ToLower(CultureInfo.InvariantCulture)) : [];
}
