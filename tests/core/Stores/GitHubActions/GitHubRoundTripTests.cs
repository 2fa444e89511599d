using System.Security.Cryptography;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Stores;
using BuildCache.Stores.GitHubActions;
using BuildCache.Tests.Support;
using BuildCache.TestServers;

namespace BuildCache.Tests.Stores.GitHubActions;

public sealed class GitHubRoundTripTests : IAsyncLifetime
{
    private static readonly CacheKey s_key = Rig.Key("round", "trip");
    private GitHubRig _rig = null!;

    public async ValueTask InitializeAsync() => _rig = await GitHubRig.StartAsync();

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task A_tree_of_many_small_and_some_large_files_comes_back_in_few_requests()
    {
        string tree = _rig.Files.Folder("tree");
        for (int i = 0; i < 3000; i++)
        {
            _rig.Files.File($"tree/{i % 50}/{i}.txt", $"content of {i}");
        }

        _rig.Files.File("tree/empty");
        _rig.Files.File("tree/just packed", RandomNumberGenerator.GetBytes(1024 * 1024));
        _rig.Files.File("tree/just not packed", RandomNumberGenerator.GetBytes((1024 * 1024) + 1));
        byte[] large = RandomNumberGenerator.GetBytes(70 * 1024 * 1024);
        _rig.Files.File("tree/large", large);
        _rig.Files.File("tree/large again", large);
        IReadOnlyList<string> before = FolderPicture.Of(tree);

        await _rig.SaveTreeAsync(s_key, tree);
        // Looked for twice and not found (the lookup, the writer), and what is beside it; a pack; two large blobs of which one has two blocks and a list.
        (int create, int finalize, int find, int put, int get) = _rig.TakeCounts();
        Assert.Equal((4, 4, 5, 0), (create, finalize, put - 1, get));
        Assert.InRange(find, 1, 10);

        EntryCatalog other = _rig.NewCatalog();
        LookupResult found = await other.FindAsync(s_key);
        Assert.Equal(LookupMatch.Exact, found.Match);
        (create, finalize, find, put, get) = _rig.TakeCounts();
        Assert.Equal((0, 0, 4, 0, 2), (create, finalize, find, put, get));

        await other.RestoreAsync(found.Entry!, _rig.Files.Folder("target"));
        (create, finalize, find, put, get) = _rig.TakeCounts();
        Assert.Equal((0, 0, 0, 0), (create, finalize, find, put));
        // The pack, one blob of one range and one of five. The lookup has read the trees.
        Assert.Equal(7, get);
        Assert.Equal(before, FolderPicture.Of(_rig.Files.PathOf("target/tree")));
    }

    [Fact]
    public async Task An_empty_file_alone_comes_back()
    {
        await _rig.SaveAsync(s_key, "");

        Assert.Equal("", await _rig.LoadAsync(s_key));
        Assert.Empty(_rig.Archives("pack"));
    }

    [Fact]
    public async Task A_tree_that_changed_a_little_uploads_little()
    {
        string tree = _rig.Files.Folder("tree");
        for (int i = 0; i < 200; i++)
        {
            _rig.Files.File($"tree/{i}", RandomNumberGenerator.GetBytes(1000));
        }

        _rig.Files.File("tree/large", RandomNumberGenerator.GetBytes(2_000_000));
        await _rig.SaveTreeAsync(Rig.Key("job", "1"), tree);
        _rig.Files.File("tree/7", "changed");

        // As the next job does, which has seen nothing of that.
        await _rig.SaveTreeAsync(Rig.Key("job", "2"), tree, _rig.NewCatalog());

        Assert.Equal(2, _rig.Archives("pack").Count);
        Assert.InRange(_rig.Archives("pack")[1].Size!.Value, 1, 20_000);
        Assert.Single(_rig.Archives("blob"));
        await _rig.NewCatalog().FindAndRestoreAsync(Rig.Key("job", "2"), null, _rig.Files.Folder("target"));
        Assert.Equal(FolderPicture.Of(tree), FolderPicture.Of(_rig.Files.PathOf("target/tree")));
    }

    [Fact]
    public async Task Equal_content_is_stored_once_whoever_saves_it()
    {
        await _rig.SaveAsync(Rig.Key("one"), "same");
        await _rig.SaveAsync(Rig.Key("other", "place"), "same", catalog: _rig.NewCatalog());

        Assert.Single(_rig.Archives("pack"));
        Assert.Equal("same", await _rig.LoadAsync(Rig.Key("other", "place")));
    }

    [Fact]
    public async Task A_large_file_that_changes_while_it_is_sent_is_not_stored()
    {
        string file = _rig.Files.File("big", RandomNumberGenerator.GetBytes(8_000_000));
        _rig.Proxy.Fault = Fault.Delay(TimeSpan.FromMilliseconds(300)).For(GitHubRig.IsCreate);
        Task save = _rig.Catalog.SaveAsync(s_key, [new PathToSave("file", file)], Rig.Details).AsTask();
        while (!_rig.Proxy.Requests.ToList().Any(GitHubRig.IsCreate))
        {
            await Task.Delay(10);
        }

        await using (var stream = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            stream.Position = 7_999_999;
            stream.WriteByte(0);
            stream.Position = 0;
            stream.Write("changed"u8);
        }

        await Fails.WithAsync(ErrorId.InputChanged, () => save);
        Assert.DoesNotContain(_rig.Service.Entries, entry => entry.Size is not null);

        // The name that was reserved for nothing stops nobody.
        _rig.Proxy.Fault = null;
        await _rig.Catalog.SaveAsync(s_key, [new PathToSave("file", file)], Rig.Details);
        Assert.Equal(await File.ReadAllTextAsync(file), await _rig.LoadAsync(s_key));
    }

    [Fact]
    public async Task A_name_reserved_by_one_who_died_is_passed_over()
    {
        _rig.Proxy.Fault = Fault.Status(403).For(GitHubRig.IsUpload);
        await Fails.WithAsync(ErrorId.StoreAccessDenied, () => _rig.SaveAsync(s_key, "content"));
        _rig.Proxy.Fault = null;

        await _rig.SaveAsync(s_key, "content", catalog: _rig.NewCatalog());

        Assert.Equal("content", await _rig.LoadAsync(s_key));
        Assert.Single(_rig.Archives("pack"), archive => archive.Size is null);
    }

    [Fact]
    public async Task What_the_service_cannot_do_is_said()
    {
        await Fails.WithAsync(ErrorId.UnsupportedByStore, async () => await _rig.Store.SweepAsync(_ => true, DateTimeOffset.MaxValue));
        await Fails.WithAsync(ErrorId.UnsupportedByStore, async () => await _rig.Store.MeasureAsync());
        await Fails.WithAsync(ErrorId.UnsupportedByStore, async () => await _rig.Store.Entries.ListAsync(null).GetAsyncEnumerator().MoveNextAsync());
        Assert.Equal(0, _rig.Proxy.Requests.Count);
    }

    [Fact]
    public async Task Without_the_variables_of_a_job_it_says_how_to_get_them()
    {
        await using var store = new GitHubActionsStore(_ => null, TimeProvider.System, TimeSpan.Zero);

        BuildCacheException error = await Fails.WithAsync(ErrorId.StoreUnavailable, async () => await store.Entries.GetAsync(s_key));

        Assert.Contains("ACTIONS_RESULTS_URL", error.Message, StringComparison.Ordinal);
        Assert.Contains("core.exportVariable", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_uri_is_the_scheme_alone()
    {
        await using CacheStore store = CacheStore.Open("gha:");

        Assert.IsType<GitHubActionsStore>(Assert.Single(store.Tiers).Store);
        Assert.Equal("gha:", store.Uri.ToString());
        Fails.With(ErrorId.InvalidStoreUri, () => CacheStore.Open("gha:something"));
        Fails.With(ErrorId.InvalidStoreUri, () => CacheStore.Open("gha://host"));
        Fails.With(ErrorId.InvalidStoreUri, () => CacheStore.Open("gha:?token=x"));
    }
}
