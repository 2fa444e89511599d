using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Stores;
using BuildCache.Stores.GitHubActions;
using BuildCache.Tests.Support;
using BuildCache.TestServers;

namespace BuildCache.Tests.Stores.GitHubActions;

public sealed class GitHubIndexTests : IAsyncLifetime
{
    private GitHubRig _rig = null!;

    public async ValueTask InitializeAsync() => _rig = await GitHubRig.StartAsync();

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    public static TheoryData<string[], string[]> Near => new()
    {
        { ["a"], ["A"] },
        { ["a", "b"], ["a/b"] },
        { ["a_b"], ["axb"] },
        { ["a%"], ["abc"] },
        { ["a", "b"], ["a", "b#2"] },
        { ["x", "1,2"], ["x", "1", "2"] },
        { [new string('l', 500) + "1"], [new string('l', 500) + "2"] },
        { [.. Enumerable.Repeat(new string('m', 300), 32)], [.. Enumerable.Repeat(new string('m', 300), 31), "n"] },
    };

    [Theory]
    [MemberData(nameof(Near))]
    public async Task Keys_that_are_near_each_other_have_entries_of_their_own(string[] one, string[] other)
    {
        await _rig.SaveAsync(Rig.Key(one), "one");
        Assert.Null(await _rig.LoadAsync(Rig.Key(other)));
        await _rig.SaveAsync(Rig.Key(other), "other");

        Assert.Equal("one", await _rig.LoadAsync(Rig.Key(one)));
        Assert.Equal("other", await _rig.LoadAsync(Rig.Key(other)));
        Assert.All(_rig.Service.Entries, entry => Assert.InRange(entry.Key.Length, 1, 512));
    }

    [Fact]
    public async Task A_restore_key_finds_the_newest_below_a_parent_and_of_a_prefix()
    {
        await SaveInTurnAsync(("1", Rig.Key("a", "main-1")), ("2", Rig.Key("a", "main-2")), ("3", Rig.Key("a", "dev-1")), ("4", Rig.Key("b", "main-3")));

        Assert.Equal("3", await _rig.LoadAsync(Rig.Key("a", "x"), [Rig.Key("a")]));
        Assert.Equal("2", await _rig.LoadAsync(Rig.Key("a", "x"), [Rig.Key("a", "main-")]));
        Assert.Equal("4", await _rig.LoadAsync(Rig.Key("c"), [Rig.Key("c"), Rig.Key("b")]));
        Assert.Null(await _rig.LoadAsync(Rig.Key("a", "x"), [Rig.Key("a", "Main-"), Rig.Key("a", "ma%"), Rig.Key("a", "main_")]));
    }

    [Fact]
    public async Task Older_entries_are_listed_newest_first()
    {
        // Each in a job of its own.
        for (int i = 0; i < 14; i++)
        {
            _rig.Clock.Ahead += TimeSpan.FromSeconds(1);
            await _rig.SaveAsync(Rig.Key("a", i % 3 == 0 ? $"dev-{i}" : $"main-{i}"), $"{i}", catalog: _rig.NewCatalog());
        }

        Assert.Equal(["13", "12", "11", "10", "9", "8", "7", "6", "5", "4", "3"], await ListAsync(Rig.Key("a"), "dev-", "main-"));
        Assert.Equal(["13", "11", "10", "8", "7", "5", "4"], await ListAsync(Rig.Key("a", "main-"), "main-"));
        Assert.Empty(await ListAsync(Rig.Key("b"), ""));
    }

    [Fact]
    public async Task An_evicted_pack_makes_the_entry_stale_and_the_one_before_it_is_taken()
    {
        await SaveInTurnAsync(("older", Rig.Key("a", "1")), ("newer", Rig.Key("a", "2")));
        EntryCatalog catalog = _rig.NewCatalog();
        Evict(_rig.Archives("pack")[^1]);

        Assert.Null(await _rig.LoadAsync(Rig.Key("a", "2")));
        Assert.Equal("older", await _rig.LoadAsync(Rig.Key("a", "2"), [Rig.Key("a")], catalog));
        // And again, now that this process knows that the newer is stale.
        Assert.Equal("older", await _rig.LoadAsync(Rig.Key("a", "2"), [Rig.Key("a")], catalog));

        Evict(_rig.Archives("pack")[0]);
        Assert.Null(await _rig.LoadAsync(Rig.Key("a", "2"), [Rig.Key("a")]));
        Assert.Equal(2, _rig.Archives("").Count);
    }

    [Fact]
    public async Task What_is_evicted_between_lookup_and_restore_is_a_miss()
    {
        await _rig.SaveAsync(Rig.Key("a"), "content");
        EntryCatalog catalog = _rig.NewCatalog();
        Assert.NotNull((await catalog.FindAsync(Rig.Key("a"))).Entry);
        Evict(_rig.Archives("pack")[0]);

        Assert.Null(await _rig.LoadAsync(Rig.Key("a"), catalog: catalog));
        await _rig.SaveAsync(Rig.Key("a"), "content", catalog: catalog);
        Assert.Equal("content", await _rig.LoadAsync(Rig.Key("a")));
    }

    [Fact]
    public async Task Data_that_is_gone_behind_the_services_back_is_a_miss_and_is_stored_anew()
    {
        await _rig.SaveAsync(Rig.Key("a"), "content");
        _rig.Service.DeleteData(_rig.Archives("pack")[0].Key);
        EntryCatalog catalog = _rig.NewCatalog();

        Assert.Null(await _rig.LoadAsync(Rig.Key("a"), catalog: catalog));
        await _rig.SaveAsync(Rig.Key("a"), "content", catalog: catalog);
        Assert.Equal("content", await _rig.LoadAsync(Rig.Key("a")));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(3_000_000)]
    public async Task Damaged_content_is_not_restored_and_is_replaced_by_the_next_save(int size)
    {
        string content = new('c', size);
        await _rig.SaveAsync(Rig.Key("a"), content);
        _rig.Damage(_rig.Archives(size > 1024 * 1024 ? "blob" : "pack")[0]);
        EntryCatalog catalog = _rig.NewCatalog();

        Assert.Null(await _rig.LoadAsync(Rig.Key("a"), catalog: catalog));
        Assert.True((await _rig.SaveAsync(Rig.Key("a"), content, catalog: catalog)).Saved);
        Assert.Equal(content, await _rig.LoadAsync(Rig.Key("a")));
    }

    [Fact]
    public async Task A_damaged_entry_is_a_miss()
    {
        await _rig.SaveAsync(Rig.Key("a"), "content");
        _rig.Damage(_rig.Archives("")[0]);

        Assert.Null(await _rig.LoadAsync(Rig.Key("a"), [Rig.Key("a")]));
        await _rig.SaveAsync(Rig.Key("a"), "content", catalog: _rig.NewCatalog());
        Assert.Equal("content", await _rig.LoadAsync(Rig.Key("a")));
    }

    [Fact]
    public async Task An_entry_stays_unless_it_is_to_give_way()
    {
        Assert.True((await _rig.SaveAsync(Rig.Key("a"), "first")).Saved);
        Assert.False((await _rig.SaveAsync(Rig.Key("a"), "second", catalog: _rig.NewCatalog())).Saved);
        Assert.Equal("first", await _rig.LoadAsync(Rig.Key("a")));

        _rig.Clock.Ahead += TimeSpan.FromSeconds(1);
        Assert.True((await _rig.SaveAsync(Rig.Key("a"), "third", replace: true)).Saved);
        Assert.Equal("third", await _rig.LoadAsync(Rig.Key("a")));
        Assert.Equal(2, _rig.Archives("").Count);
    }

    [Fact]
    public async Task A_removed_entry_is_not_found_by_this_process_and_can_be_saved_again()
    {
        await _rig.SaveAsync(Rig.Key("a", "b"), "content");

        Assert.False(await _rig.Catalog.RemoveAsync(Rig.Key("a", "b")));

        Assert.Null((await _rig.Catalog.FindAsync(Rig.Key("a", "b"), [Rig.Key("a")])).Entry);
        Assert.Equal("content", await _rig.LoadAsync(Rig.Key("a", "b")));
        Assert.True((await _rig.SaveAsync(Rig.Key("a", "b"), "again")).Saved);
        Assert.Equal("again", await _rig.LoadAsync(Rig.Key("a", "b"), catalog: _rig.Catalog));
    }

    [Fact]
    public async Task Of_racing_writers_all_find_a_whole_entry_and_all_find_the_same()
    {
        EntryCatalog[] writers = [.. Enumerable.Range(0, 8).Select(_ => _rig.NewCatalog())];

        SaveResult[] saves = await Task.WhenAll(writers.Select((writer, i) => _rig.SaveAsync(Rig.Key("a"), $"of {i}", catalog: writer)));

        Assert.Contains(saves, save => save.Saved);
        string?[] found = await Task.WhenAll(writers.Select(writer => _rig.LoadAsync(Rig.Key("a"), catalog: writer)));
        Assert.StartsWith("of ", Assert.Single(found.Distinct()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_copy_keeps_the_time_of_the_original()
    {
        DateTimeOffset written = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var record = new EntryRecord("record"u8.ToArray(), EntryContent.None, written);

        Assert.True(await _rig.Store.Entries.PutAsync(Rig.Key("a"), record, replace: false));

        IndexedEntry? found = await _rig.NewStore().Entries.GetAsync(Rig.Key("a"));
        Assert.Equal(written, found!.Written);
        Assert.Equal("record"u8, found.Record.Span);
    }

    [Fact]
    public async Task An_entry_of_content_that_was_not_stored_is_refused() =>
        await Fails.WithAsync(ErrorId.BlobMissing, async () => await _rig.Store.Entries.PutAsync(
            Rig.Key("a"), new EntryRecord(new byte[1], EntryContent.None with { Blobs = [Digest.Of("nowhere"u8)] }), replace: false));

    private async Task SaveInTurnAsync(params (string Content, CacheKey Key)[] entries)
    {
        foreach ((string content, CacheKey key) in entries)
        {
            _rig.Clock.Ahead += TimeSpan.FromSeconds(1);
            await _rig.SaveAsync(key, content);
        }
    }

    private async Task<List<string>> ListAsync(CacheKey restoreKey, params string[] prefixes)
    {
        List<string> listed = [];
        await foreach (CacheEntry entry in _rig.NewCatalog().ListAsync(restoreKey))
        {
            listed.Add(prefixes.Aggregate(entry.Key.Parts[^1], (text, prefix) => prefix.Length == 0 ? text : text.Replace(prefix, "", StringComparison.Ordinal)));
        }

        return listed;
    }

    private void Evict(GitHubCacheEntry archive) => Assert.Equal(1, _rig.Service.Evict(archive.Key));
}
