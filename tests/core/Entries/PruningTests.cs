using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.Pruning;
using BuildCache.Stores.File;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Entries;

public sealed class PruningTests : IDisposable
{
    private readonly Rig _rig = new();
    private readonly FakeClock _clock = new(TimeSpan.FromHours(2));

    private EntryPruner Pruner => new(_rig.Faulty, _clock);

    private List<PrunedEntry> Removed { get; } = [];

    [Fact]
    public async Task Entries_not_used_for_longer_than_the_age_go_with_their_blobs()
    {
        await SaveAsync("old", daysAgo: 10);
        await SaveAsync("young", daysAgo: 1);

        PruneResult result = await Pruner.PruneAsync(new PrunePolicy(MaximumAge: TimeSpan.FromDays(7)), Removed.Add);

        Assert.Equal([Rig.Key("old")], Removed.Select(removed => removed.Entry.Key));
        Assert.Equal((1L, 1L, 3L), (result.KeptEntries, result.Swept.Count, result.Swept.Bytes));
        Assert.False(File.Exists(_rig.BlobPath("old")));
        Assert.Equal("young", await _rig.LoadAsync(Rig.Key("young")));
        Assert.Null(await _rig.LoadAsync(Rig.Key("old")));
    }

    [Fact]
    public async Task Without_a_policy_only_orphans_go()
    {
        await SaveAsync("kept", daysAgo: 1000);
        await SaveAsync("removed", daysAgo: 0);
        await _rig.Catalog.RemoveAsync(Rig.Key("removed"));

        PruneResult result = await Pruner.PruneAsync(new PrunePolicy());

        Assert.Equal(0, result.RemovedEntries);
        Assert.Equal(1, result.Swept.Count);
        Assert.Equal("kept", await _rig.LoadAsync(Rig.Key("kept")));
    }

    [Fact]
    public async Task An_entry_that_is_found_again_is_used()
    {
        await SaveAsync("a", daysAgo: 10);
        await _rig.Catalog.FindAsync(Rig.Key("a"));

        Assert.Equal(0, (await Pruner.PlanAsync(new PrunePolicy(MaximumAge: TimeSpan.FromDays(7)))).RemovedEntries);
    }

    // A reader's time of last access, as most Linux systems keep it, would make an entry young by looking at its age.
    [Fact]
    public async Task Listing_and_planning_are_no_use_of_an_entry()
    {
        await SaveAsync("a", daysAgo: 10);
        await foreach (CacheEntry _ in _rig.Catalog.ListAsync())
        {
        }

        await Pruner.PlanAsync(new PrunePolicy());

        Assert.Equal(1, (await Pruner.PlanAsync(new PrunePolicy(MaximumAge: TimeSpan.FromDays(7)))).RemovedEntries);
    }

    [Fact]
    public async Task An_entry_that_was_never_found_goes_by_when_it_was_saved()
    {
        await SaveAsync("never", daysAgo: 10);

        Assert.Equal(1, (await Pruner.PruneAsync(new PrunePolicy(MaximumAge: TimeSpan.FromDays(7)))).RemovedEntries);
    }

    [Fact]
    public async Task Over_the_size_the_least_recently_used_go()
    {
        await SaveAsync("aaaa", daysAgo: 3);
        await SaveAsync("bbbb", daysAgo: 1);
        await SaveAsync("cccc", daysAgo: 2);

        PruneResult result = await Pruner.PruneAsync(new PrunePolicy(Budget: Rig.AtMost(8)), Removed.Add);

        Assert.Equal([Rig.Key("aaaa")], Removed.Select(removed => removed.Entry.Key));
        Assert.Contains("8 bytes", Removed[0].Reason, StringComparison.Ordinal);
        Assert.Equal(8, (await _rig.Store.MeasureAsync()).Bytes);
    }

    [Fact]
    public async Task Shared_blobs_count_once()
    {
        foreach (int i in (int[])[1, 2, 3])
        {
            await _rig.SaveAsync(Rig.Key("shared", $"{i}"), "12345678");
        }

        Assert.Equal(0, (await Pruner.PruneAsync(new PrunePolicy(Budget: Rig.AtMost(8)))).RemovedEntries);
        Assert.Equal(3, (await Pruner.PruneAsync(new PrunePolicy(Budget: Rig.AtMost(7)))).RemovedEntries);
    }

    [Fact]
    public async Task A_blob_that_another_entry_needs_stays()
    {
        await _rig.SaveAsync(Rig.Key("old"), "shared");
        _rig.SetSaved(Rig.Key("old"), DateTime.UtcNow.AddDays(-10));
        await _rig.SaveAsync(Rig.Key("young"), "shared");

        await Pruner.PruneAsync(new PrunePolicy(MaximumAge: TimeSpan.FromDays(7)));

        Assert.Equal("shared", await _rig.LoadAsync(Rig.Key("young")));
    }

    [Fact]
    public async Task An_entry_that_lost_its_tree_goes_first_and_pushes_no_good_one_out()
    {
        await SaveAsync("good", daysAgo: 3);
        CacheEntry lost = await _rig.SaveTreeAsync(Rig.Key("lost"), Path.GetDirectoryName(_rig.Folder.File("tree/file", new string('x', 100)))!);
        File.Delete(_rig.BlobPath(lost.Paths[0].Tree!.Value));

        await Pruner.PruneAsync(new PrunePolicy(Budget: Rig.AtMost(50)), Removed.Add);

        Assert.Equal([Rig.Key("lost")], Removed.Select(removed => removed.Entry.Key));
        Assert.Equal("good", await _rig.LoadAsync(Rig.Key("good")));
    }

    [Fact]
    public async Task All_that_an_entry_names_stays_with_it()
    {
        var fingerprint = Fingerprint.Create([new("value", "v", FingerprintBuilder.OfValue("x"))]);
        _rig.Folder.File("tree/sub/file", "content");
        CacheEntry entry = (await _rig.Catalog.SaveAsync(
            Rig.Key("whole"), [new PathToSave("tree", _rig.Folder.PathOf("tree"))], new EntryDetails("test", default, fingerprint, "output"u8.ToArray()))).Entry;

        Assert.Equal(0, (await Pruner.PruneAsync(new PrunePolicy())).Swept.Count);
        Assert.NotNull(await _rig.Catalog.ReadFingerprintAsync(entry));
        Assert.NotNull(await _rig.Catalog.ReadOutputAsync(entry));
        await _rig.Catalog.RestoreAsync(entry, _rig.Folder.Folder("target"));
    }

    [Fact]
    public async Task Within_the_grace_period_a_blob_without_an_entry_stays()
    {
        await SaveAsync("orphan", daysAgo: 0);
        await _rig.Catalog.RemoveAsync(Rig.Key("orphan"));

        _clock.Ahead = TimeSpan.FromMinutes(59);
        Assert.Equal(0, (await Pruner.PruneAsync(new PrunePolicy())).Swept.Count);

        _clock.Ahead = TimeSpan.FromMinutes(61);
        Assert.Equal(1, (await Pruner.PruneAsync(new PrunePolicy())).Swept.Count);
    }

    [Fact]
    public async Task An_old_orphan_that_is_saved_again_is_young_again()
    {
        await SaveAsync("content", daysAgo: 0);
        await _rig.Catalog.RemoveAsync(Rig.Key("content"));
        File.SetLastWriteTimeUtc(_rig.BlobPath("content"), DateTime.UtcNow.AddDays(-3));
        // Its blobs are there, its entry is not put yet.
        _rig.Faulty.Before = operation =>
        {
            if (operation == Operation.PutEntry)
            {
                _rig.Faulty.Before = null;
                new EntryPruner(_rig.Store).PruneAsync(new PrunePolicy()).AsTask().GetAwaiter().GetResult();
            }
        };

        await _rig.SaveAsync(Rig.Key("again"), "content");

        Assert.Equal("content", await _rig.LoadAsync(Rig.Key("again")));
    }

    [Theory]
    [InlineData(Operation.ListEntries)]
    [InlineData(Operation.ReadBlob)]
    public async Task When_the_listing_fails_nothing_is_deleted(Operation failing)
    {
        await SaveAsync("old", daysAgo: 10);
        await _rig.SaveTreeAsync(Rig.Key("tree"), _rig.Folder.Folder("tree"));
        await SaveAsync("orphan", daysAgo: 10);
        await _rig.Catalog.RemoveAsync(Rig.Key("orphan"));
        IReadOnlyList<string> before = FolderPicture.Of(_rig.Store.Root);
        _rig.Faulty.Asked.Clear();
        _rig.Faulty.Failing.Add(failing);

        await Fails.WithAsync(ErrorId.StoreUnavailable, async () => await Pruner.PruneAsync(new PrunePolicy(TimeSpan.FromDays(1), Budget: Rig.AtMost(0))));

        Assert.Equal(before, FolderPicture.Of(_rig.Store.Root));
        Assert.DoesNotContain(Operation.Sweep, _rig.Faulty.Asked);
    }

    [Fact]
    public async Task A_plan_changes_nothing_and_says_what_pruning_would_do()
    {
        await SaveAsync("old", daysAgo: 10);
        await SaveAsync("young", daysAgo: 1);
        IReadOnlyList<string> before = FolderPicture.Of(_rig.Store.Root);
        var policy = new PrunePolicy(MaximumAge: TimeSpan.FromDays(7));

        List<PrunedEntry> planned = [];
        PruneResult plan = await Pruner.PlanAsync(policy, planned.Add);

        Assert.Equal(before, FolderPicture.Of(_rig.Store.Root));
        PruneResult done = await Pruner.PruneAsync(policy, Removed.Add);
        Assert.Equal(planned.Select(removed => (removed.Entry.Key, removed.Reason)), Removed.Select(removed => (removed.Entry.Key, removed.Reason)));
        Assert.Equal(plan, done with { Swept = default });
    }

    [Fact]
    public async Task What_a_dead_process_left_half_written_goes_when_it_is_old()
    {
        await SaveAsync("a", daysAgo: 0);
        string left = Path.Combine(_rig.Store.Root, "tmp", StagingName.New() + StagingName.TemporarySuffix);
        await File.WriteAllTextAsync(left, "half");

        _clock.Ahead = TimeSpan.Zero;
        await Pruner.PruneAsync(new PrunePolicy());
        Assert.True(File.Exists(left));

        _clock.Ahead = TimeSpan.FromHours(2);
        await Pruner.PruneAsync(new PrunePolicy());
        Assert.False(File.Exists(left));
    }

    [Fact]
    public async Task In_a_folder_that_is_no_store_nothing_goes()
    {
        string[] mine = [_rig.Folder.File("mine/tmp/notes", "1"), _rig.Folder.File($"mine/blobs/{new string('a', 64)}", "2"), _rig.Folder.File("mine/flights/plan", "3")];
        var store = new FileStore(_rig.Folder.PathOf("mine"));
        _clock.Ahead = TimeSpan.FromDays(100);

        PruneResult result = await new EntryPruner(store, _clock).PruneAsync(new PrunePolicy(MaximumAge: TimeSpan.Zero));

        Assert.Equal(default, result.Swept);
        Assert.All(mine, file => Assert.True(File.Exists(file), file));
    }

    [Fact]
    public async Task Files_of_others_in_a_store_stay()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Making links takes a right that tests on Windows may not have.");
        await SaveAsync("a", daysAgo: 0);
        string beside = Path.Combine(_rig.Store.Root, "tmp", "notes");
        File.WriteAllText(beside, "mine");
        _clock.Ahead = TimeSpan.FromDays(100);

        await Pruner.PruneAsync(new PrunePolicy());
        Assert.True(File.Exists(beside));

        string behind = _rig.Folder.File($"elsewhere/{StagingName.New()}{StagingName.TemporarySuffix}", "mine");
        Directory.Delete(Path.Combine(_rig.Store.Root, "tmp"), recursive: true);
        Directory.CreateSymbolicLink(Path.Combine(_rig.Store.Root, "tmp"), _rig.Folder.PathOf("elsewhere"));
        await Pruner.PruneAsync(new PrunePolicy());
        Assert.True(File.Exists(behind));
    }

    [Fact]
    public async Task An_entry_replaced_while_it_was_pruned_stays_whole()
    {
        await SaveAsync("old", daysAgo: 10);
        _rig.Faulty.Before = operation =>
        {
            if (operation == Operation.RemoveEntry)
            {
                _rig.Faulty.Before = null;
                _rig.SaveAsync(Rig.Key("old"), "new", replace: true).GetAwaiter().GetResult();
            }
        };
        _clock.Ahead = TimeSpan.Zero;

        await Pruner.PruneAsync(new PrunePolicy(MaximumAge: TimeSpan.FromDays(7)));

        Assert.Equal("new", await _rig.LoadAsync(Rig.Key("old")));
    }

    [Fact]
    public async Task A_store_that_does_not_exist_is_pruned_without_being_made()
    {
        PruneResult result = await Pruner.PruneAsync(new PrunePolicy(TimeSpan.Zero, Budget: Rig.AtMost(0)));

        Assert.Equal((0L, 0L, 0L), (result.RemovedEntries, result.KeptEntries, result.Swept.Count));
        Assert.False(Directory.Exists(_rig.Store.Root));
    }

    private async Task SaveAsync(string content, int daysAgo)
    {
        await _rig.SaveAsync(Rig.Key(content), content);
        _rig.SetSaved(Rig.Key(content), DateTime.UtcNow.AddDays(-daysAgo));
    }

    public void Dispose() => _rig.Dispose();
}
