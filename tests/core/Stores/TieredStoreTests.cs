using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Stores;
using BuildCache.Stores.File;
using BuildCache.Stores.Tiered;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Stores;

/// <summary>Near to far, filling the near; what does not answer is left alone, and nothing is concluded from its silence.</summary>
public sealed class TieredStoreTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FileStore _nearStore;
    private readonly FileStore _farStore;
    private readonly FaultyStore _near;
    private readonly FaultyStore _far;
    private readonly FakeClock _clock = new();

    public TieredStoreTests()
    {
        _nearStore = new FileStore(_folder.PathOf("near"));
        _farStore = new FileStore(_folder.PathOf("far"));
        _near = new FaultyStore(_nearStore);
        _far = new FaultyStore(_farStore);
    }

    private TieredStore Tiers(bool nearReadOnly = false, bool farReadOnly = false) =>
        new([new StoreTier(_near, nearReadOnly), new StoreTier(_far, farReadOnly)], _clock);

    [Fact]
    public async Task A_save_goes_to_all_and_a_lookup_asks_the_near_one_only()
    {
        var catalog = new EntryCatalog(Tiers());
        await SaveAsync(catalog, "work", "content");
        _far.Asked.Clear();

        Assert.Equal("content", await LoadAsync(catalog, "work"));

        Assert.Empty(_far.Asked);
        Assert.Equal("content", await LoadAsync(new EntryCatalog(_nearStore), "work"));
        Assert.Equal("content", await LoadAsync(new EntryCatalog(_farStore), "work"));
    }

    [Fact]
    public async Task What_is_restored_from_afar_is_near_afterwards_explanation_and_all()
    {
        Fingerprint inputs = Fingerprint.Create([new FingerprintInput("value", "v", Digest.Of([1]))]);
        await SaveAsync(new EntryCatalog(_farStore), "work", "content", new EntryDetails("test", Fingerprint: inputs, Output: "said"u8.ToArray()));
        DateTimeOffset created = (await new EntryCatalog(_farStore).FindAsync(Rig.Key("work"))).Entry!.Created;

        Assert.Equal("content", await LoadAsync(new EntryCatalog(Tiers()), "work"));

        var near = new EntryCatalog(_nearStore);
        CacheEntry entry = (await near.FindAsync(Rig.Key("work"))).Entry!;
        Assert.Equal(created, entry.Created);
        Assert.Equal(inputs.Digest, (await near.ReadFingerprintAsync(entry))!.Digest);
        Assert.Equal("said"u8.ToArray(), await near.ReadOutputAsync(entry));
        _far.Asked.Clear();
        Assert.Equal("content", await LoadAsync(new EntryCatalog(Tiers()), "work"));
        Assert.Empty(_far.Asked);
    }

    [Fact]
    public async Task A_lookup_alone_brings_nothing_near()
    {
        await SaveAsync(new EntryCatalog(_farStore), "work", "content");

        Assert.NotNull((await new EntryCatalog(Tiers()).FindAsync(Rig.Key("work"))).Entry);

        Assert.Null((await new EntryCatalog(_nearStore).FindAsync(Rig.Key("work"))).Entry);
    }

    [Fact]
    public async Task Of_the_matches_of_a_restore_key_the_newest_wins_wherever_it_is()
    {
        await SaveAsync(new EntryCatalog(_farStore), ["work", "1"], "far and old");
        Later(_farStore, ["work", "1"], -30);
        await SaveAsync(new EntryCatalog(_farStore), ["work", "2"], "far and new");
        Later(_farStore, ["work", "2"], -10);
        await SaveAsync(new EntryCatalog(_nearStore), ["work", "3"], "near and between");
        Later(_nearStore, ["work", "3"], -20);
        var catalog = new EntryCatalog(Tiers());

        // Bringing the oldest near makes it no newer.
        Assert.Equal("far and old", await LoadAsync(catalog, ["work", "1"]));
        Assert.Equal("far and new", await LoadAsync(catalog, ["work", "none"], ["work"]));
        Assert.Equal(["2", "3", "1"], await catalog.ListAsync(Rig.Key("work")).Select(entry => entry.Key.Parts[1]).ToListAsync());
    }

    [Fact]
    public async Task What_the_near_one_lost_comes_from_afar()
    {
        var catalog = new EntryCatalog(Tiers());
        await SaveAsync(catalog, "work", "content");
        File.Delete(PathOf(_nearStore, "content"));

        Assert.Equal("content", await LoadAsync(catalog, "work"));
        Assert.True(File.Exists(PathOf(_nearStore, "content")));
    }

    [Fact]
    public async Task What_is_corrupt_near_comes_from_afar()
    {
        var catalog = new EntryCatalog(Tiers());
        await SaveAsync(catalog, "work", "content");
        Rig.Overwrite(PathOf(_nearStore, "content"), "CONTENT"u8.ToArray());

        Assert.Equal("content", await LoadAsync(catalog, "work"));
        Assert.Equal("content", await File.ReadAllTextAsync(PathOf(_nearStore, "content")));
    }

    [Fact]
    public async Task A_stale_near_entry_gives_way_to_a_good_far_one_of_the_same_key()
    {
        await SaveAsync(new EntryCatalog(_nearStore), "work", "near");
        await SaveAsync(new EntryCatalog(_farStore), "work", "far");
        File.Delete(PathOf(_nearStore, "near"));

        Assert.Equal("far", await LoadAsync(new EntryCatalog(Tiers()), "work"));
    }

    [Fact]
    public async Task A_far_one_that_is_away_costs_one_warning_and_then_nothing()
    {
        var tiers = Tiers();
        var catalog = new EntryCatalog(tiers);
        _far.Failing.UnionWith(Enum.GetValues<Operation>());

        for (int i = 0; i < 20; i++)
        {
            Assert.Null(await LoadAsync(catalog, $"work {i}"));
            await SaveAsync(catalog, $"work {i}", $"content {i}");
            Assert.Equal($"content {i}", await LoadAsync(catalog, $"work {i}"));
        }

        Assert.Equal(3, _far.Asked.Count);
        StoreNotice notice = Assert.Single(tiers.TakeNotices());
        Assert.Equal(ErrorId.StoreUnavailable, notice.Id);
        Assert.Empty(tiers.TakeNotices());
    }

    [Fact]
    public async Task A_far_one_that_fails_now_and_then_is_kept()
    {
        var tiers = Tiers();
        int calls = 0;
        _far.Before = _ =>
        {
            _far.Failing.Clear();
            if (++calls % 3 == 0 && calls < 27)
            {
                _far.Failing.UnionWith(Enum.GetValues<Operation>());
            }
        };
        for (int i = 0; i < 20; i++)
        {
            Assert.Null(await LoadAsync(new EntryCatalog(tiers), $"work {i}"));
        }

        await SaveAsync(new EntryCatalog(_farStore), "work", "content");
        _far.Failing.Clear();
        _far.Before = null;
        Assert.Equal("content", await LoadAsync(new EntryCatalog(tiers), "work"));
    }

    [Fact]
    public async Task A_far_one_that_takes_too_long_is_left_alone()
    {
        var clock = new SteppingClock();
        var tiers = new TieredStore([new StoreTier(_near, false), new StoreTier(_far, false)], clock);
        _far.Before = _ => clock.Advance(TimeSpan.FromSeconds(6));
        for (int i = 0; i < 10; i++)
        {
            Assert.Null(await LoadAsync(new EntryCatalog(tiers), $"work {i}"));
        }

        Assert.Equal(3, _far.Asked.Count);
        Assert.Contains("took 6 s", Assert.Single(tiers.TakeNotices()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(8, 2)]
    [InlineData(16, 1)]
    public async Task A_far_one_that_was_waited_for_in_vain_is_left_alone(int seconds, int calls)
    {
        var clock = new SteppingClock();
        var tiers = new TieredStore([new StoreTier(_near, false), new StoreTier(_far, false)], clock);
        _far.Failing.UnionWith(Enum.GetValues<Operation>());
        _far.Before = _ => clock.Advance(TimeSpan.FromSeconds(seconds));
        for (int i = 0; i < 10; i++)
        {
            Assert.Null(await LoadAsync(new EntryCatalog(tiers), $"work {i}"));
        }

        Assert.Equal(calls, _far.Asked.Count);
        Assert.Single(tiers.TakeNotices());
    }

    [Fact]
    public async Task A_refusal_that_no_repetition_mends_is_met_once()
    {
        var tiers = Tiers();
        _far.Failure = ErrorId.StoreNotTrusted;
        _far.Failing.UnionWith(Enum.GetValues<Operation>());

        Assert.Null(await LoadAsync(new EntryCatalog(tiers), "a"));
        Assert.Null(await LoadAsync(new EntryCatalog(tiers), "b"));

        Assert.Single(_far.Asked);
        Assert.Equal(ErrorId.StoreNotTrusted, Assert.Single(tiers.TakeNotices()).Id);
    }

    [Fact]
    public async Task One_that_may_not_be_written_is_read_on()
    {
        await SaveAsync(new EntryCatalog(_farStore), "old", "old");
        var tiers = Tiers();
        _far.Failure = ErrorId.StoreAccessDenied;
        _far.Failing.UnionWith([Operation.WriteBlob, Operation.WriteFiles, Operation.PutEntry, Operation.RemoveEntry]);

        await SaveAsync(new EntryCatalog(tiers), "new", "new");
        await SaveAsync(new EntryCatalog(tiers), "newer", "newer");

        Assert.Equal("old", await LoadAsync(new EntryCatalog(tiers), "old"));
        Assert.Single(_far.Asked, Operation.WriteFiles);
        Assert.Single(tiers.TakeNotices());
    }

    [Fact]
    public async Task Nothing_is_purged_or_missed_on_the_word_of_one_alone()
    {
        var catalog = new EntryCatalog(Tiers());
        await SaveAsync(catalog, "work", "content");
        File.Delete(PathOf(_nearStore, "content"));
        _far.Failing.UnionWith([Operation.FindMissing, Operation.ReadFiles]);

        await Fails.WithAsync(ErrorId.StoreUnavailable, async () => await catalog.FindAsync(Rig.Key("work")));

        Assert.True(File.Exists(Path.Combine(_nearStore.Root, "entries", KeyPath.Of(Rig.Key("work")), "entry")));
        _far.Failing.Clear();
        Assert.Equal("content", await LoadAsync(catalog, "work"));
    }

    [Fact]
    public async Task An_entry_goes_to_no_tier_that_did_not_take_its_content()
    {
        var catalog = new EntryCatalog(Tiers());
        _far.Failing.Add(Operation.WriteFiles);
        await SaveAsync(catalog, "work", "content");
        _far.Failing.Clear();

        Assert.Null((await new EntryCatalog(_farStore).FindAsync(Rig.Key("work"))).Entry);
        Assert.DoesNotContain(Operation.PutEntry, _far.Asked);
        Assert.Equal("content", await LoadAsync(new EntryCatalog(_nearStore), "work"));

        // Saved again, all is well: under another key too.
        await SaveAsync(catalog, "again", "content");
        Assert.Equal("content", await LoadAsync(new EntryCatalog(_farStore), "again"));
    }

    [Fact]
    public async Task A_near_one_that_is_full_is_no_obstacle()
    {
        await SaveAsync(new EntryCatalog(_farStore), "work", "content");
        _near.Failing.UnionWith([Operation.WriteBlob, Operation.WriteFiles, Operation.PutEntry]);
        var catalog = new EntryCatalog(Tiers());

        Assert.Equal("content", await LoadAsync(catalog, "work"));
        await SaveAsync(catalog, "new", "new");

        Assert.Equal("new", await LoadAsync(new EntryCatalog(_farStore), "new"));
    }

    [Fact]
    public async Task One_that_is_read_only_is_never_written()
    {
        var catalog = new EntryCatalog(Tiers(farReadOnly: true));
        await SaveAsync(catalog, "work", "content");
        Assert.True(await catalog.RemoveAsync(Rig.Key("work")));
        await SaveAsync(new EntryCatalog(_farStore), "far", "far");
        File.Delete(PathOf(_farStore, "far"));

        Assert.Null((await catalog.FindAsync(Rig.Key("far"))).Entry);

        Assert.DoesNotContain(_far.Asked, operation => operation is Operation.WriteFiles or Operation.PutEntry or Operation.RemoveEntry);
        Assert.Empty(catalog.Store.TakeNotices());
        Assert.True(catalog.Store.AcceptsWrites);
        Assert.False(Tiers(nearReadOnly: true, farReadOnly: true).AcceptsWrites);
    }

    [Fact]
    public async Task Of_two_clients_that_save_the_same_key_the_far_store_says_who_won()
    {
        var other = new FileStore(_folder.PathOf("other near"));
        await SaveAsync(new EntryCatalog(new TieredStore([new StoreTier(other, false), new StoreTier(_farStore, false)])), "work", "theirs");
        _far.Before = null;

        SaveResult mine = await SaveAsync(new EntryCatalog(Tiers()), "work", "mine");

        Assert.False(mine.Saved);
        Assert.Equal("theirs", await LoadAsync(new EntryCatalog(Tiers()), "work"));
    }

    [Fact]
    public async Task Stores_that_all_fail_are_a_failure()
    {
        _near.Failing.UnionWith(Enum.GetValues<Operation>());
        _far.Failing.UnionWith(Enum.GetValues<Operation>());
        var catalog = new EntryCatalog(Tiers());

        await Fails.WithAsync(ErrorId.StoreUnavailable, async () => await catalog.FindAsync(Rig.Key("work")));
        await Fails.WithAsync(ErrorId.StoreUnavailable, async () => await SaveAsync(catalog, "work", "content"));
        await Fails.WithAsync(ErrorId.StoreUnavailable, async () => await catalog.ListAsync().ToListAsync());
    }

    [Fact]
    public void A_list_of_stores_is_told_from_a_folder_with_a_semicolon()
    {
        string a = _folder.PathOf("a");
        string b = _folder.PathOf("b");

        Assert.Equal([a, b], CacheStore.Open($"{a};{b}").Tiers.Select(tier => ((FileStore)tier.Store).Root));
        Assert.Equal($"{a};b", ((FileStore)CacheStore.Open($"{a};b")).Root);
        StoreTier only = Assert.Single(CacheStore.Open(new Uri(a) + "?readonly=true").Tiers);
        Assert.True(only.IsReadOnly);
        Fails.With(ErrorId.InvalidStoreUri, () => CacheStore.Open(new Uri(a) + "?readonly=perhaps"));
        Fails.With(ErrorId.InvalidStoreUri, () => CacheStore.Open(new Uri(a) + "?readonly=true&readonly=true"));
        Fails.With(ErrorId.InvalidStoreUri, () => CacheStore.Open($"{a};ftp://host/path"));
    }

    private static string PathOf(FileStore store, string content)
    {
        string hash = Digest.Of(System.Text.Encoding.UTF8.GetBytes(content)).Hash;
        return Path.Combine(store.Root, "blobs", hash[..2], hash);
    }

    private static void Later(FileStore store, string[] key, int minutes) =>
        File.SetLastWriteTimeUtc(Path.Combine(store.Root, "entries", KeyPath.Of(Rig.Key(key)), "entry"), DateTime.UtcNow.AddMinutes(minutes));

    private Task<SaveResult> SaveAsync(EntryCatalog catalog, string key, string content, EntryDetails? details = null) => SaveAsync(catalog, [key], content, details);

    private async Task<SaveResult> SaveAsync(EntryCatalog catalog, string[] key, string content, EntryDetails? details = null) =>
        await catalog.SaveAsync(Rig.Key(key), [new PathToSave("file", _folder.File($"source/{Guid.NewGuid():n}", content))], details ?? Rig.Details);

    private Task<string?> LoadAsync(EntryCatalog catalog, string key) => LoadAsync(catalog, [key]);

    private async Task<string?> LoadAsync(EntryCatalog catalog, string[] key, params string[][] restoreKeys)
    {
        string target = _folder.Folder($"target/{Guid.NewGuid():n}");
        LookupResult found = await catalog.FindAsync(Rig.Key(key), [.. restoreKeys.Select(parts => Rig.Key(parts))]);
        if (found.Entry is not { } entry)
        {
            return null;
        }

        await catalog.RestoreAsync(entry, target);
        return await File.ReadAllTextAsync(Path.Combine(target, "file"));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>A clock whose stopwatch moves when it is told to.</summary>
    private sealed class SteppingClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan time) => _ticks += time.Ticks;

        public override long GetTimestamp() => _ticks;
    }
}
