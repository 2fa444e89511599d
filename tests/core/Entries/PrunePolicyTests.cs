using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Pruning;
using BuildCache.Stores;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Entries;

/// <summary>The policy of BuildKit on entries, and what it never touches.</summary>
public sealed class PrunePolicyTests : IDisposable
{
    private readonly Rig _rig = new();
    private readonly FakeClock _clock = new(TimeSpan.FromHours(2));

    private EntryPruner Pruner => new(_rig.Faulty, _clock);

    [Fact]
    public async Task What_was_used_within_the_keep_duration_stays_over_the_limit_and_over_the_maximum_age()
    {
        await SaveAsync("aaaa", daysAgo: 9);
        await SaveAsync("bbbb", daysAgo: 2);
        await SaveAsync("cccc", daysAgo: 1);

        PruneResult result = await Pruner.PruneAsync(new PrunePolicy(TimeSpan.FromDays(1.5), TimeSpan.FromDays(3), Rig.AtMost(4)));

        Assert.Equal((1L, 2L, 2L), (result.RemovedEntries, result.KeptEntries, result.KeptByDuration));
        Assert.Equal((8L, 4L, 4L), (result.KeptBytes, result.BytesToKeep!.Value, result.ExcessBytes));
        Assert.Null(await _rig.LoadAsync(Rig.Key("aaaa")));
    }

    [Fact]
    public async Task A_keep_duration_by_itself_lets_all_else_go()
    {
        await SaveAsync("old", daysAgo: 9);
        await SaveAsync("young", daysAgo: 1);

        Assert.Equal(1, (await Pruner.PruneAsync(new PrunePolicy(KeepDuration: TimeSpan.FromDays(3)))).RemovedEntries);
        Assert.Equal("young", await _rig.LoadAsync(Rig.Key("young")));
        Assert.Equal(0, (await Pruner.PruneAsync(new PrunePolicy(KeepDuration: TimeSpan.FromDays(3), Budget: Rig.AtMost(5)))).RemovedEntries);
    }

    [Fact]
    public async Task What_no_entry_needs_makes_space_before_an_entry_has_to()
    {
        await SaveAsync("0123456789", daysAgo: 1);
        await SaveAsync(new string('x', 50), daysAgo: 1);
        await _rig.Catalog.RemoveAsync(Rig.Key(new string('x', 50)));
        _rig.Faulty.Disk = new DiskSpace(1000, 100);

        // 40 bytes lack and 50 are of no use to anybody; then 55 lack.
        Assert.Equal(0, (await Pruner.PlanAsync(Free(140))).RemovedEntries);
        Assert.Equal(5, (await Pruner.PlanAsync(Free(155))).BytesToKeep);
        Assert.Equal(1, (await Pruner.PruneAsync(Free(155))).RemovedEntries);

        static PrunePolicy Free(long bytes) => new(Budget: new SpaceBudget(MinimumFree: SizeLimit.OfBytes(bytes)));
    }

    [Fact]
    public async Task A_limit_that_needs_a_disk_is_refused_before_anything_is_read()
    {
        await SaveAsync("a", daysAgo: 1);
        _rig.Faulty.Asked.Clear();

        await Fails.WithAsync(ErrorId.UnsupportedByStore, async () => await Pruner.PruneAsync(new PrunePolicy(Budget: new SpaceBudget(SizeLimit.OfPercent(10)))));

        Assert.Empty(_rig.Faulty.Asked);
    }

    [Fact]
    public async Task An_entry_that_was_used_since_it_was_looked_at_stays_with_its_content()
    {
        await SaveAsync("aaaa", daysAgo: 9);
        await SaveAsync("bbbb", daysAgo: 8);
        await SaveAsync("cccc", daysAgo: 7);
        using PruneRun run = await Pruner.BeginAsync(new PrunePolicy(Budget: Rig.AtMost(8)));
        await _rig.Catalog.FindAsync(Rig.Key("aaaa"));

        List<CacheKey> removed = [];
        while (await run.NextAsync() is { Count: > 0 } going)
        {
            removed.AddRange((await run.RemoveAsync(going)).Select(entry => entry.Entry.Key));
        }

        PruneResult result = await run.SweepAsync();

        // Another goes in its place.
        Assert.Equal([Rig.Key("bbbb")], removed);
        Assert.Equal((1L, 1L, 2L, 8L), (result.InUse, result.RemovedEntries, result.KeptEntries, result.KeptBytes));
        Assert.Equal("aaaa", await _rig.LoadAsync(Rig.Key("aaaa")));
        Assert.Equal("cccc", await _rig.LoadAsync(Rig.Key("cccc")));
    }

    [Fact]
    public async Task An_entry_that_comes_into_use_while_somebody_is_asked_stays()
    {
        await SaveAsync("aaaa", daysAgo: 9);
        using PruneRun run = await Pruner.BeginAsync(new PrunePolicy(Budget: Rig.AtMost(0)));
        IReadOnlyList<PrunedEntry> going = await run.NextAsync();
        Assert.Single(going);
        await _rig.Catalog.FindAsync(Rig.Key("aaaa"));
        await Task.Delay(1100, TestContext.Current.CancellationToken);

        Assert.Empty(await run.RemoveAsync(going));

        Assert.Empty(await run.NextAsync());
        Assert.Equal((1L, 4L), (run.Result.InUse, run.Result.ExcessBytes));
        Assert.Equal("aaaa", await _rig.LoadAsync(Rig.Key("aaaa")));
    }

    [Fact]
    public async Task What_is_declined_stays_with_its_content()
    {
        await SaveAsync("aaaa", daysAgo: 9);
        await SaveAsync("bbbb", daysAgo: 8);
        using PruneRun run = await Pruner.BeginAsync(new PrunePolicy(TimeSpan.FromDays(1)));

        IReadOnlyList<PrunedEntry> going = await run.NextAsync();
        await run.RemoveAsync([going[1]]);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await run.SweepAsync());
        Assert.Empty(await run.NextAsync());
        PruneResult result = await run.SweepAsync();

        Assert.Equal((1L, 1L, 1L), (result.RemovedEntries, result.KeptEntries, result.Swept.Count));
        Assert.Equal("aaaa", await _rig.LoadAsync(Rig.Key("aaaa")));
    }

    [Fact]
    public async Task A_store_that_is_only_read_is_planned_and_not_pruned()
    {
        await SaveAsync("aaaa", daysAgo: 9);
        await using CacheStore store = CacheStore.Open($"{new Uri(_rig.Store.Root)}?readonly=true");
        var pruner = new EntryPruner(store, _clock);

        Assert.Equal(1, (await pruner.PlanAsync(new PrunePolicy(Budget: Rig.AtMost(0)))).RemovedEntries);
        await Fails.WithAsync(ErrorId.StoreAccessDenied, async () => await pruner.PruneAsync(new PrunePolicy(Budget: Rig.AtMost(0))));
        await Fails.WithAsync(ErrorId.StoreAccessDenied, async () => await pruner.PruneAsync(new PrunePolicy()));
        Assert.Equal("aaaa", await _rig.LoadAsync(Rig.Key("aaaa")));
    }

    [Fact]
    public async Task A_blob_that_is_not_as_long_as_its_entry_says_is_no_blob_that_is_needed()
    {
        await SaveAsync("aaaa", daysAgo: 0);
        Rig.Overwrite(_rig.BlobPath("aaaa"), [1, 2]);

        Assert.Equal((1L, 2L), ((await Pruner.PruneAsync(new PrunePolicy())).Swept is var swept ? swept.Count : 0, swept.Bytes));
    }

    // More than are handed out at once, in more directories than one.
    [Fact]
    public async Task All_of_many_entries_are_found_and_go_in_order()
    {
        await Parallel.ForAsync(0, 300, async (i, _) =>
            await new EntryToPrune(i, WrittenDaysAgo: i, UsedDaysAgo: null, [1 + (i % 7), 10 + i], IsLost: false).SaveAsync(_rig));
        Digest[] needed = [.. Enumerable.Range(0, 100).Select(i => Digest.Of(EntryToPrune.ContentOf(10 + i)))];

        List<CacheKey> removed = [];
        PruneResult result = await new EntryPruner(_rig.Store, _clock).PruneAsync(new PrunePolicy(TimeSpan.FromDays(99.5)), entry => removed.Add(entry.Entry.Key));

        Assert.Equal(Enumerable.Range(100, 200).Reverse().Select(i => Rig.Key("entry", $"{i}")), removed);
        Assert.Equal((100L, 200L), (result.KeptEntries, result.Swept.Count));
        Assert.Empty(await _rig.Store.Blobs.FindMissingAsync(needed));
    }

    private async Task SaveAsync(string content, int daysAgo)
    {
        await _rig.SaveAsync(Rig.Key(content), content);
        _rig.SetSaved(Rig.Key(content), DateTime.UtcNow.AddDays(-daysAgo));
    }

    public void Dispose() => _rig.Dispose();
}
