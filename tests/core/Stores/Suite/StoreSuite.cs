using System.Security.Cryptography;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Pruning;
using BuildCache.Stores;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Stores.Suite;

/// <summary>What every store does, whatever it keeps its content in: each kind runs all of this against a real server.</summary>
public abstract class StoreSuite<TBackend>(TBackend backend) : IClassFixture<TBackend>, IAsyncLifetime
    where TBackend : Backend
{
    private const int Large = 3 * 1024 * 1024;

    // Nothing is wiped between tests; each has keys and content of its own.
    private readonly CacheScope _scope = CacheScope.Create([(ScopeKind.Project, Guid.NewGuid().ToString())]);
    private readonly TempFolder _folder = new();
    private readonly List<CacheStore> _open = [];

    private EntryCatalog Fresh
    {
        get
        {
            CacheStore store = backend.Open();
            lock (_open)
            {
                _open.Add(store);
            }

            return new EntryCatalog(store);
        }
    }

    public ValueTask InitializeAsync()
    {
        if (backend.Unavailable is { } reason)
        {
            Assert.Skip(reason);
        }

        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (CacheStore store in _open)
        {
            await store.DisposeAsync();
        }

        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_tree_comes_back_as_it_was()
    {
        string tree = _folder.Folder("tree");
        _folder.File("tree/small", "small");
        _folder.File("tree/empty", "");
        _folder.File("tree/same as small", "small");
        _folder.File("tree/sub/deep/ünïcødé", Content(5000));
        _folder.File("tree/large", Content(Large));
        _folder.File("tree/just one MiB", Content(1024 * 1024));
        _folder.File("tree/one byte more", Content((1024 * 1024) + 1));
        _folder.Folder("tree/sub/nothing in it");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_folder.File("tree/run", "#!"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.CreateSymbolicLink(_folder.PathOf("tree/sub/link"), "../small");
        }

        string file = _folder.File("file", Content(100));
        await Fresh.SaveAsync(Key("work"), [new PathToSave("out/tree", tree), new PathToSave("file", file)], Details("said"));

        EntryCatalog other = Fresh;
        LookupResult found = await other.FindAsync(Key("work"));
        Assert.Equal(LookupMatch.Exact, found.Match);
        await other.RestoreAsync(found.Entry!, _folder.Folder("target"));

        Assert.Equal(FolderPicture.Of(tree), FolderPicture.Of(_folder.PathOf("target/out/tree")));
        Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(_folder.PathOf("target/file")));
        Assert.Equal("said"u8.ToArray(), await other.ReadOutputAsync(found.Entry!));
        Assert.Equal(TimeSpan.FromSeconds(42), found.Entry!.WorkDuration);
    }

    [Fact]
    public async Task Thousands_of_small_files_come_back_as_they_were()
    {
        string tree = _folder.Folder("tree");
        for (int i = 0; i < 3000; i++)
        {
            _folder.File($"tree/{i % 30}/{i}", $"{_scope} {i}");
        }

        await Fresh.SaveAsync(Key("many"), [new PathToSave("tree", tree)], Details());
        EntryCatalog other = Fresh;
        await other.RestoreAsync((await other.FindAsync(Key("many"))).Entry!, _folder.Folder("target"));

        Assert.Equal(FolderPicture.Of(tree), FolderPicture.Of(_folder.PathOf("target/tree")));
    }

    [Fact]
    public async Task A_key_that_nobody_saved_is_a_miss()
    {
        LookupResult found = await Fresh.FindAsync(Key("nothing", "of it"));

        Assert.Equal((LookupMatch.None, 0), (found.Match, found.Stale.Count));
    }

    [Fact]
    public async Task A_save_leaves_a_good_entry_alone_unless_it_is_to_replace_it()
    {
        await SaveAsync(Key("work"), "first"u8.ToArray());
        SaveResult second = await SaveAsync(Key("work"), "second"u8.ToArray());
        Assert.False(second.Saved);
        Assert.Equal("first", await LoadTextAsync(Key("work")));

        SaveResult third = await SaveAsync(Key("work"), "third"u8.ToArray(), replace: true);

        Assert.True(third.Saved);
        Assert.Equal("third", await LoadTextAsync(Key("work")));
    }

    [Fact]
    public async Task A_restore_key_finds_the_newest_of_its_children()
    {
        await SaveInOrderAsync([Key("work", "linux", "1"), Key("work", "linux", "2"), Key("work", "windows", "3"), Key("other", "4")]);

        Assert.Equal("work windows 3", await LoadTextAsync(Key("work", "none"), Key("work")));
        Assert.Equal("work linux 2", await LoadTextAsync(Key("work", "none"), Key("work", "linux")));
        Assert.Equal("work linux 1", await LoadTextAsync(Key("work", "linux", "1"), Key("work")));
        Assert.Null(await LoadTextAsync(Key("work", "none"), Key("work", "mac")));
        Assert.Equal("other 4", await LoadTextAsync(Key("work", "none"), Key("work", "mac"), Key("other")));
    }

    [Fact]
    public async Task A_restore_key_may_end_within_a_part()
    {
        await SaveInOrderAsync([Key("work", "net10-a"), Key("work", "net10-b"), Key("work", "Net10-c"), Key("work", "net9-d"), Key("work", "net10%d")]);
        if (!backend.MatchesWithinParts)
        {
            Assert.Null(await LoadTextAsync(Key("work", "none"), Key("work", "net10-")));
            return;
        }

        Assert.Equal("work net10-b", await LoadTextAsync(Key("work", "none"), Key("work", "net10-")));
        Assert.Equal("work net10%d", await LoadTextAsync(Key("work", "none"), Key("work", "net10%")));
        Assert.Equal("work Net10-c", await LoadTextAsync(Key("work", "none"), Key("work", "N")));
        Assert.Null(await LoadTextAsync(Key("work", "none"), Key("work", "net10_")));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(Large)]
    public async Task What_storage_lost_is_a_miss_and_can_be_saved_again(int size)
    {
        byte[] content = Content(size);
        await SaveAsync(Key("work"), content);
        await backend.LoseAsync(content);

        LookupResult found = await Fresh.FindAsync(Key("work"));
        Assert.Equal(LookupMatch.None, found.Match);

        await SaveAsync(Key("work"), content);
        Assert.Equal(content, await LoadAsync(Key("work")));
    }

    [Fact]
    public async Task A_lost_tree_or_output_is_a_miss()
    {
        string tree = _folder.Folder("tree");
        _folder.File("tree/a/file", Content(100));
        string said = $"said {_scope}";
        foreach (bool loseTree in (bool[])[true, false])
        {
            CacheKey key = Key("work", $"{loseTree}");
            EntryCatalog catalog = Fresh;
            CacheEntry entry = (await catalog.SaveAsync(key, [new PathToSave("tree", tree)], Details(said + loseTree))).Entry;
            Assert.Equal(LookupMatch.Exact, (await Fresh.FindAsync(key)).Match);
            await backend.LoseAsync(loseTree
                ? (await catalog.Store.Blobs.ReadAsync(entry.Paths[0].Tree!.Value))!
                : System.Text.Encoding.UTF8.GetBytes(said + loseTree));

            Assert.Equal(LookupMatch.None, (await Fresh.FindAsync(key)).Match);
        }
    }

    [Fact]
    public async Task After_a_lost_entry_the_next_older_one_is_taken()
    {
        byte[][] contents = [Content(2000), Content(Large), Content(3000)];
        for (int i = 0; i < contents.Length; i++)
        {
            await SaveAsync(Key("work", $"{i}"), contents[i]);
            await LaterAsync();
        }

        await backend.LoseAsync(contents[2]);
        await backend.LoseAsync(contents[1]);

        LookupResult found = await Fresh.FindAsync(Key("work", "none"), [Key("work")]);

        Assert.Equal(LookupMatch.RestoreKey, found.Match);
        Assert.Equal(Key("work", "0"), found.Entry!.Key);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(Large)]
    public async Task A_corrupt_blob_is_never_restored_and_is_replaced_by_the_next_save(int size)
    {
        byte[] content = Content(size);
        await SaveAsync(Key("work"), content);
        await backend.CorruptAsync(content);

        EntryCatalog catalog = Fresh;
        Assert.Null((await catalog.FindAndRestoreAsync(Key("work"), null, _folder.Folder("target"))).Entry);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.PathOf("target")));

        // Where nothing can be removed, only who met the damage knows of it.
        Assert.True((await SaveAsync(Key("work"), content, catalog: backend.Removes ? null : catalog)).Saved);
        string target = _folder.Folder("target/again");
        LookupResult found = await Fresh.FindAndRestoreAsync(Key("work"), null, target);
        Assert.Equal(backend.ReplacesBlobs, found.Entry is not null);
        Assert.True(found.Entry is null || File.ReadAllBytes(Path.Combine(target, "file")).AsSpan().SequenceEqual(content));
    }

    [Fact]
    public async Task A_store_that_was_wiped_is_empty_and_can_be_used_on()
    {
        EntryCatalog before = Fresh;
        byte[] content = Content(5000);
        string file = _folder.File("before", content);
        await before.SaveAsync(Key("work"), [new PathToSave("file", file)], Details());
        Assert.NotNull((await before.FindAsync(Key("work"))).Entry);

        await backend.WipeAsync();

        Assert.Null((await before.FindAsync(Key("work"))).Entry);
        Assert.True((await before.SaveAsync(Key("work"), [new PathToSave("file", file)], Details())).Saved);
        Assert.Equal(content, await LoadAsync(Key("work")));
    }

    [Fact]
    public async Task Many_that_save_the_same_key_at_once_all_get_a_good_entry()
    {
        SaveResult[] results = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => SaveAsync(Key("race"), Content(20_000 + i)))));

        if (backend.HasOneWinner)
        {
            Assert.Single(results, result => result.Saved);
            Assert.Single(results.Select(result => result.Entry.Paths[0].Digest).Distinct());
        }

        byte[]? content = await LoadAsync(Key("race"));
        Assert.Contains(results, result => result.Entry.Paths[0].Digest == Digest.Of(content));
    }

    [Fact]
    public async Task An_entry_that_was_removed_is_a_miss()
    {
        await SaveAsync(Key("work"), Content(10));
        EntryCatalog catalog = Fresh;

        Assert.Equal(backend.Removes, await catalog.RemoveAsync(Key("work")));

        // Where nothing can be removed, who removed it passes over it, and others do not.
        Assert.Null((await catalog.FindAsync(Key("work"))).Entry);
        Assert.Equal(backend.Removes, (await Fresh.FindAsync(Key("work"))).Entry is null);
        Assert.False(await Fresh.RemoveAsync(Key("work")));
    }

    [Fact]
    public async Task All_entries_are_listed_or_that_is_refused()
    {
        await SaveAsync(Key("a"), Content(10));
        await SaveAsync(Key("b", "c"), Content(10));
        if (!backend.ListsAll)
        {
            await Fails.WithAsync(ErrorId.UnsupportedByStore, async () => await Fresh.ListAsync().ToListAsync());
            await Fails.WithAsync(ErrorId.UnsupportedByStore, async () => await Fresh.Store.Entries.ListAllAsync().ToListAsync());
            return;
        }

        List<CacheEntry> all = await Fresh.ListAsync().ToListAsync();
        List<IndexedEntry> unordered = await Fresh.Store.Entries.ListAllAsync().ToListAsync();
        Assert.Equal(all.Select(entry => (entry.Key, entry.LastUsed)).ToHashSet(), unordered.Select(entry => (entry.Key, entry.LastUsed)).ToHashSet());

        Assert.Equal(["a", "b"], all.Where(entry => entry.Key.Scope.Equals(_scope)).Select(entry => entry.Key.Parts[0]).Order());
    }

    [Fact]
    public async Task Pruning_takes_what_is_old_and_leaves_what_is_needed()
    {
        if (!backend.ListsAll)
        {
            await Fails.WithAsync(ErrorId.UnsupportedByStore, async () => await new EntryPruner(Fresh.Store).PruneAsync(new PrunePolicy(Budget: Rig.AtMost(0))));
            return;
        }

        byte[] shared = Content(2000);
        byte[] old = Content(Large);
        await SaveAsync(Key("old"), old);
        await SaveAsync(Key("shared", "1"), shared);
        await SaveAsync(Key("shared", "2"), shared);
        await Fresh.RemoveAsync(Key("old"));
        await Fresh.RemoveAsync(Key("shared", "1"));

        // As if it were done in two hours: what was saved just now is under the protection of the grace period.
        foreach (StoreTier tier in Fresh.Store.Tiers)
        {
            PruneResult result = await new EntryPruner(tier.Store, new FakeClock(TimeSpan.FromHours(2))).PruneAsync(new PrunePolicy());
            Assert.True(result.Swept.Bytes >= Large, $"Swept {result.Swept}.");
        }

        Assert.Equal(shared, await LoadAsync(Key("shared", "2")));
        Assert.Equal([Digest.Of(old)], await Fresh.Store.Blobs.FindMissingAsync([Digest.Of(old)]));
    }

    [Fact]
    public async Task Pruning_leaves_what_is_being_saved()
    {
        EntryCatalog saver = Fresh;
        byte[] small = Content(100);
        string large = _folder.File("large", Content(Large));
        await using IBlobUpload upload = saver.Store.Blobs.BeginUpload();
        await upload.AddAsync(Digest.Of(small), small);
        IReadOnlyList<Digest> digests = await upload.AddFilesAsync([new BlobSource(large)]);
        await upload.CompleteAsync();

        foreach (StoreTier tier in backend.ListsAll ? Fresh.Store.Tiers : [])
        {
            await new EntryPruner(tier.Store).PruneAsync(new PrunePolicy(Budget: Rig.AtMost(0)));
        }

        // A store without a list of its blobs finds small ones through the entries that need them.
        IBlobStore blobs = (backend.ListsAll ? Fresh : saver).Store.Blobs;
        Assert.Empty(await blobs.FindMissingAsync([Digest.Of(small), .. digests]));
    }

    [Fact]
    public async Task Blobs_are_found_read_and_missed_in_batches()
    {
        byte[][] contents = [.. Enumerable.Range(0, 500).Select(i => Content(50 + i))];
        IBlobStore blobs = Fresh.Store.Blobs;
        await using (IBlobUpload upload = blobs.BeginUpload())
        {
            foreach (byte[] content in contents)
            {
                await upload.AddAsync(Digest.Of(content), content);
            }

            await upload.CompleteAsync();
        }

        Digest[] absent = [.. Enumerable.Range(0, 100).Select(i => Digest.Of(Content(i + 1)))];
        IReadOnlyList<Digest> missing = await blobs.FindMissingAsync([.. contents.Select(content => Digest.Of(content)), .. absent]);
        IReadOnlyDictionary<Digest, byte[]> read = await blobs.ReadAsync([.. contents.Select(content => Digest.Of(content)), absent[0]]);

        Assert.Equal(absent.Select(blob => blob.Hash).Order(), missing.Select(blob => blob.Hash).Order());
        Assert.Equal(500, read.Count);
        Assert.All(contents, content => Assert.Equal(content, read[Digest.Of(content)]));
    }

    [Fact]
    public async Task A_blob_that_is_not_there_fails_as_such()
    {
        var absent = Digest.Of(Content(77));

        Assert.Null(await Fresh.Store.Blobs.ReadAsync(absent));
        await Fails.WithAsync(ErrorId.BlobMissing, async () => await Fresh.Store.Blobs.ReadFilesAsync([new BlobTarget(absent, _folder.PathOf("absent"))]));
        await Fails.WithAsync(ErrorId.InputNotFound, async () =>
        {
            await using IBlobUpload upload = Fresh.Store.Blobs.BeginUpload();
            await upload.AddFilesAsync([new BlobSource(_folder.PathOf("no such file"))]);
            await upload.CompleteAsync();
        });
    }

    [Fact]
    public async Task Keys_of_any_length_and_any_characters_are_kept_apart()
    {
        CacheKey[] keys =
        [
            Key("a,b", "c"), Key("a", "b,c"), Key("a/b", "c"), Key("a", "b/c"), Key("A", "b"), Key("a", "b"), Key("#", "%"), Key("ü", "\U0001F600"),
            Key(new string('x', 700)), Key(new string('x', 701)), Key(new string('y', 3000), "1"), Key(new string('y', 3000), "2"),
            Key([.. Enumerable.Range(0, 32).Select(i => $"part number {i}")]), Key([.. Enumerable.Range(0, 31).Select(i => $"part number {i}"), "part number 32"]),
        ];
        foreach ((int i, CacheKey key) in keys.Index())
        {
            await SaveAsync(key, System.Text.Encoding.UTF8.GetBytes($"{_scope} {i}"));
        }

        foreach ((int i, CacheKey key) in keys.Index())
        {
            Assert.Equal($"{_scope} {i}", await LoadTextAsync(key));
        }
    }

    [Fact]
    public async Task A_probe_finds_nothing_wrong()
    {
        List<ProbeResult> results = await new StoreProbe(Fresh.Store, isReadOnly: false, _folder.Folder("probe")).RunAsync().ToListAsync();

        Assert.All(results, result => Assert.True(result.Passed, $"{result.Step}: {result.Message}"));
        Assert.Equal(["reach", "clock", "write", "read", "put entry", "list", "delete"], results.Select(result => result.Step));
    }

    [Fact]
    public async Task What_is_cancelled_stops()
    {
        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();
        string file = _folder.File("f", Content(Large));
        EntryCatalog catalog = Fresh;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await catalog.SaveAsync(Key("work"), [new PathToSave("file", file)], Details(), cancellationToken: stopped.Token));

        Assert.Null((await Fresh.FindAsync(Key("work"))).Entry);
    }

    private protected CacheKey Key(params string[] parts) => CacheKey.Create(_scope, parts);

    private protected static byte[] Content(int size) => RandomNumberGenerator.GetBytes(size);

    private static EntryDetails Details(string? said = null) =>
        new("test", TimeSpan.FromSeconds(42), Output: said is null ? default(ReadOnlyMemory<byte>?) : System.Text.Encoding.UTF8.GetBytes(said));

    private async Task<SaveResult> SaveAsync(CacheKey key, byte[] content, bool replace = false, EntryCatalog? catalog = null)
    {
        string file = _folder.File($"source/{Guid.NewGuid():n}", content);
        return await (catalog ?? Fresh).SaveAsync(key, [new PathToSave("file", file)], Details(), replace);
    }

    private async Task SaveInOrderAsync(CacheKey[] keys)
    {
        foreach (CacheKey key in keys)
        {
            await SaveAsync(key, System.Text.Encoding.UTF8.GetBytes(string.Join(' ', key.Parts)));
            await LaterAsync();
        }
    }

    // S3 tells times in whole seconds.
    private Task LaterAsync() => Task.Delay(backend.Address is null ? 20 : 1100);

    private async Task<byte[]?> LoadAsync(CacheKey key, params CacheKey[] restoreKeys)
    {
        EntryCatalog catalog = Fresh;
        if ((await catalog.FindAsync(key, restoreKeys)).Entry is not { } entry)
        {
            return null;
        }

        string target = _folder.Folder($"target/{Guid.NewGuid():n}");
        await catalog.RestoreAsync(entry, target);
        return await File.ReadAllBytesAsync(Path.Combine(target, "file"));
    }

    private async Task<string?> LoadTextAsync(CacheKey key, params CacheKey[] restoreKeys) =>
        await LoadAsync(key, restoreKeys) is { } bytes ? System.Text.Encoding.UTF8.GetString(bytes) : null;
}
