using System.Security.Cryptography;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Tests.Support;
using BuildCache.TestServers;

namespace BuildCache.Tests.Stores.GitHubActions;

public sealed class GitHubFaultTests : IAsyncLifetime
{
    private static readonly CacheKey s_key = Rig.Key("fault");
    private GitHubRig _rig = null!;

    public async ValueTask InitializeAsync() => _rig = await GitHubRig.StartAsync();

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    public static TheoryData<string> Passing => ["500", "503", "cut", "lost", "truncated", "cut in the middle", "one in three"];

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task A_fault_that_passes_goes_unnoticed(string name)
    {
        string tree = NewTree();
        _rig.Proxy.Fault = FaultOf(name, oneIn: 3);

        await _rig.SaveTreeAsync(s_key, tree);
        LookupResult found = await _rig.NewCatalog().FindAndRestoreAsync(s_key, null, _rig.Files.Folder("target"));

        Assert.Equal(LookupMatch.Exact, found.Match);
        Assert.Equal(FolderPicture.Of(tree), FolderPicture.Of(_rig.Files.PathOf("target/tree")));
        Assert.InRange(_rig.Proxy.FaultsApplied, 1, int.MaxValue);
    }

    public static TheoryData<string, string> Lasting => new()
    {
        { "401", "StoreAccessDenied" },
        { "403", "StoreAccessDenied" },
        { "404", "StoreUnsuitable" },
        { "429", "StoreUnavailable" },
        { "500", "StoreUnavailable" },
        { "503", "StoreUnavailable" },
        { "cut", "StoreUnavailable" },
        { "truncated", "StoreUnavailable" },
        { "cut in the middle", "StoreUnavailable" },
    };

    [Theory]
    [MemberData(nameof(Lasting))]
    public async Task A_service_that_cannot_say_proves_nothing(string name, string id)
    {
        await _rig.SaveAsync(s_key, "content");
        EntryCatalog catalog = _rig.NewCatalog();
        _rig.Proxy.Fault = FaultOf(name).For(GitHubRig.IsQuestion);

        BuildCacheException error = await Assert.ThrowsAsync<BuildCacheException>(() => _rig.LoadAsync(s_key, [Rig.Key("f")], catalog));

        Assert.Equal(id, error.Id.Name);
        Assert.True(error.IsStoreFailure);
        AssertTellsNothingSecret(error);
        _rig.Proxy.Fault = null;
        Assert.Equal("content", await _rig.LoadAsync(s_key, catalog: catalog));
    }

    [Theory]
    [InlineData("401", "StoreAccessDenied")]
    [InlineData("403", "StoreAccessDenied")]
    [InlineData("429", "StoreUnavailable")]
    [InlineData("500", "StoreUnavailable")]
    [InlineData("cut", "StoreUnavailable")]
    [InlineData("truncated", "StoreUnavailable")]
    [InlineData("cut in the middle", "StoreUnavailable")]
    public async Task A_storage_that_does_not_give_proves_nothing(string name, string id)
    {
        await _rig.SaveAsync(s_key, new string('x', 2_000_000));
        EntryCatalog catalog = _rig.NewCatalog();
        CacheEntry entry = (await catalog.FindAsync(s_key)).Entry!;
        _rig.Proxy.Fault = FaultOf(name).For(GitHubRig.IsDownload);

        BuildCacheException error = await Assert.ThrowsAsync<BuildCacheException>(
            async () => await catalog.RestoreAsync(entry, _rig.Files.Folder("target")));

        Assert.Equal(id, error.Id.Name);
        AssertTellsNothingSecret(error);
        Assert.Empty(Directory.GetFileSystemEntries(_rig.Files.PathOf("target")));
        _rig.Proxy.Fault = null;
        await catalog.RestoreAsync((await catalog.FindAsync(s_key)).Entry!, _rig.Files.PathOf("target"));
    }

    [Theory]
    [InlineData("403", "StoreAccessDenied")]
    [InlineData("429", "StoreUnavailable")]
    [InlineData("503", "StoreUnavailable")]
    [InlineData("cut", "StoreUnavailable")]
    public async Task A_save_that_fails_leaves_nothing_that_can_be_found(string name, string id)
    {
        string tree = NewTree();
        _rig.Proxy.Fault = FaultOf(name).For(GitHubRig.IsUpload);

        BuildCacheException error = await Assert.ThrowsAsync<BuildCacheException>(() => _rig.SaveTreeAsync(s_key, tree));

        Assert.Equal(id, error.Id.Name);
        AssertTellsNothingSecret(error);
        _rig.Proxy.Fault = null;
        Assert.Null((await _rig.NewCatalog().FindAsync(s_key)).Entry);
        Assert.DoesNotContain(_rig.Service.Entries, entry => entry.Size is not null);
    }

    [Fact]
    public async Task Five_tries_are_made_and_a_rate_limit_is_not_tried_again()
    {
        _rig.Proxy.Fault = Fault.Status(503);
        await Fails.WithAsync(ErrorId.StoreUnavailable, () => _rig.LoadAsync(s_key));
        Assert.Equal(5, _rig.Proxy.Requests.Count);

        _rig.Proxy.Requests.Clear();
        _rig.Proxy.Fault = Fault.Status(429, TimeSpan.FromSeconds(17));
        BuildCacheException error = await Fails.WithAsync(ErrorId.StoreUnavailable, () => _rig.LoadAsync(s_key));
        Assert.Equal(1, _rig.Proxy.Requests.Count);
        Assert.Contains("rate limit (429). It asks to wait 17 s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signed_url_that_is_no_longer_good_is_asked_for_anew()
    {
        string tree = NewTree();
        await _rig.SaveTreeAsync(s_key, tree);
        EntryCatalog catalog = _rig.NewCatalog();
        CacheEntry entry = (await catalog.FindAsync(s_key)).Entry!;
        _rig.Service.ExpireSignatures();

        await catalog.RestoreAsync(entry, _rig.Files.Folder("target"));

        Assert.Equal(FolderPicture.Of(tree), FolderPicture.Of(_rig.Files.PathOf("target/tree")));
    }

    [Fact]
    public async Task Content_damaged_on_its_way_here_is_asked_for_again()
    {
        string tree = NewTree();
        await _rig.SaveTreeAsync(s_key, tree);
        _rig.Proxy.Fault = Fault.Corrupt().For(GitHubRig.IsDownload).OneIn(3);

        Assert.Equal(LookupMatch.Exact, (await _rig.NewCatalog().FindAndRestoreAsync(s_key, null, _rig.Files.Folder("target"))).Match);

        Assert.Equal(FolderPicture.Of(tree), FolderPicture.Of(_rig.Files.PathOf("target/tree")));
    }

    [Fact]
    public async Task Content_damaged_on_its_way_there_is_sent_again()
    {
        string tree = NewTree();
        _rig.Proxy.Fault = Fault.CorruptRequest().For(GitHubRig.IsUpload).OneIn(2);

        await _rig.SaveTreeAsync(s_key, tree);

        Assert.InRange(_rig.Proxy.FaultsApplied, 1, int.MaxValue);
        Assert.Equal(LookupMatch.Exact, (await _rig.NewCatalog().FindAndRestoreAsync(s_key, null, _rig.Files.Folder("target"))).Match);
        Assert.Equal(FolderPicture.Of(tree), FolderPicture.Of(_rig.Files.PathOf("target/tree")));
    }

    [Fact]
    public async Task A_token_that_is_refused_stands_in_no_message()
    {
        const string Token = "eyJhbGciOiJ-secret-token";
        var catalog = new EntryCatalog(_rig.NewStore(Token));

        BuildCacheException error = await Fails.WithAsync(ErrorId.StoreAccessDenied, () => _rig.SaveAsync(s_key, "content", catalog: catalog));

        Assert.DoesNotContain(Token, error.ToString(), StringComparison.Ordinal);
        AssertTellsNothingSecret(error);
    }

    [Fact]
    public async Task A_service_that_is_away_is_named_so()
    {
        await _rig.Proxy.DisposeAsync();

        BuildCacheException error = await Fails.WithAsync(ErrorId.StoreUnavailable, () => _rig.LoadAsync(s_key));

        Assert.Contains("no connection could be made", error.Message, StringComparison.Ordinal);
        AssertTellsNothingSecret(error);
    }

    [Fact]
    public async Task A_lookup_can_be_given_up()
    {
        _rig.Proxy.Fault = Fault.Delay(TimeSpan.FromMinutes(1));
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _rig.Catalog.FindAsync(s_key, cancellationToken: cancellation.Token));
    }

    private static Fault FaultOf(string name, int oneIn = 1) => (name switch
    {
        "cut" or "one in three" => Fault.Cut,
        "lost" => Fault.LoseAnswer,
        "truncated" => Fault.Truncate(2),
        "cut in the middle" => Fault.CutMiddle(10),
        _ => Fault.Status(int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)),
    }).OneIn(oneIn);

    private string NewTree()
    {
        string tree = _rig.Files.Folder("tree");
        for (int i = 0; i < 20; i++)
        {
            _rig.Files.File($"tree/{i}", RandomNumberGenerator.GetBytes(1000));
        }

        _rig.Files.File("tree/large", RandomNumberGenerator.GetBytes(20_000_000));
        return tree;
    }

    private void AssertTellsNothingSecret(Exception error)
    {
        string all = error.ToString();
        Assert.DoesNotContain(_rig.Service.Token, all, StringComparison.Ordinal);
        Assert.DoesNotContain("sig=", all, StringComparison.Ordinal);
        Assert.DoesNotContain("/blobs/", all, StringComparison.Ordinal);
    }
}
