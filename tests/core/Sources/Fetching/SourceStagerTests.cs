using System.Globalization;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Sources;
using BuildCache.Sources.Assets;
using BuildCache.Sources.Fetching;
using BuildCache.Sources.Tracking;
using BuildCache.Stores;
using BuildCache.Stores.File;
using BuildCache.Tests.RemoteApis;
using BuildCache.Tests.Sources.Git;
using BuildCache.Tests.Support;
using BuildCache.TestServers.Git;

namespace BuildCache.Tests.Sources.Fetching;

/// <summary>Where a source comes from when nearer places have it, have lost it, or fail.</summary>
public sealed class SourceStagerTests(Casd casd) : IClassFixture<Casd>, IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private Repository _repository = null!;
    private string _commit = "";
    private GitHttpServer _server = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string ServiceUri => string.Create(CultureInfo.InvariantCulture, $"grpc://127.0.0.1:{casd.Port}");

    public async ValueTask InitializeAsync()
    {
        // What lies on this machine is never published.
        _server = await GitHttpServer.StartAsync(_folder.Folder("origin"), cancellationToken: Stop);
        _repository = new Repository(_folder.PathOf("origin/library"));
        // One of its own for each test, so that the one server knows none of another test.
        _commit = _repository.Commit(("a.txt", Guid.NewGuid().ToString()), ("deep/down/b.txt", "b"), ("empty.txt", ""));
        if (!OperatingSystem.IsWindows())
        {
            File.CreateSymbolicLink(Path.Combine(_repository.Path, "link"), "deep/down");
            _commit = _repository.Commit();
        }
    }

    [Fact]
    public async Task The_origin_fills_the_cache_and_then_is_not_needed()
    {
        StagedSource first = await StageAsync(Stager(), "one");
        RemoveOrigin();
        StagedSource second = await StageAsync(Stager(), "two");
        StagedSource again = await StageAsync(Stager(), "two");

        Assert.Equal((SourceOrigin.Origin, SourceOrigin.Cache, SourceOrigin.UpToDate), (first.From, second.From, again.From));
        Assert.Equal(FolderPicture.Of(first.Directory), FolderPicture.Of(second.Directory));
    }

    [Fact]
    public async Task What_the_cache_lost_comes_from_the_next_place()
    {
        await StageAsync(Stager(), "one");
        foreach (string blob in Directory.EnumerateFiles(_folder.PathOf("cache/blobs"), "*", SearchOption.AllDirectories))
        {
            File.Delete(blob);
        }

        Assert.Equal(SourceOrigin.Origin, (await StageAsync(Stager(), "two")).From);
        Assert.Equal(SourceOrigin.Cache, (await StageAsync(Stager(), "three")).From);
    }

    [Fact]
    public async Task A_service_that_was_told_of_it_serves_others_who_have_no_git()
    {
        using AssetService service = AssetService.Open(ServiceUri);
        StagedSource pushed = await StageAsync(Stager(service, push: true), "one", tracked: DateTimeOffset.UtcNow);
        RemoveOrigin();

        StagedSource second = await StageAsync(Stager(service, cache: "another cache"), "two");
        TrackedRef tracked = Assert.Single(await new SourceTracker(Places(), service) { Policy = TrackPolicy.AssetOnly }.TrackAsync([Source() with { Ref = null }], Stop)).Tracked!;

        Assert.True(pushed.IsPushed);
        Assert.Equal((SourceOrigin.AssetService, true), (second.From, second.IsCached));
        Assert.Equal(FolderPicture.Of(pushed.Directory), FolderPicture.Of(second.Directory));
        Assert.Equal(_commit, tracked.Ref);
    }

    [Fact]
    public async Task A_service_that_lost_or_damaged_blobs_is_told_of_and_the_origin_asked()
    {
        using AssetService service = AssetService.Open(ServiceUri);
        StagedSource first = await StageAsync(Stager(service, push: true), "one");
        string blob = casd.PathOf(Digest.Of(File.ReadAllBytes(Path.Combine(first.Directory, "a.txt"))));
        byte[] content = File.ReadAllBytes(blob);

        File.SetAttributes(blob, FileAttributes.Normal);
        content[0] ^= 1;
        File.WriteAllBytes(blob, content);
        StagedSource damaged = await StageAsync(Stager(service, cache: "second"), "two");
        File.Delete(blob);
        StagedSource lost = await StageAsync(Stager(service, cache: "third"), "three");

        Assert.Equal((SourceOrigin.Origin, SourceOrigin.Origin), (damaged.From, lost.From));
        Assert.NotEmpty(damaged.Notices);
        Assert.NotEmpty(lost.Notices);
        Assert.Equal(FolderPicture.Of(first.Directory), FolderPicture.Of(lost.Directory));
    }

    [Fact]
    public async Task A_service_that_is_away_costs_a_notice()
    {
        using AssetService service = AssetService.Open("grpc://127.0.0.1:1");

        StagedSource staged = await StageAsync(Stager(service, push: true), "one");

        Assert.Equal((SourceOrigin.Origin, false), (staged.From, staged.IsPushed));
        Assert.Equal(2, staged.Notices.Count);
    }

    [Fact]
    public async Task Mirrors_are_asked_before_the_origin_and_one_without_it_is_passed_over()
    {
        var mirrored = new SourcePlaces(new SourceAliases(Aliases()), [Mirror("empty", "/nowhere/"), Mirror("full", $"file://{_folder.PathOf("origin")}/")]);

        StagedSource staged = await StageAsync(new SourceStager(mirrored, Cache("cache")), "one");
        BuildCacheException error = await Fails.WithAsync(ErrorId.SourceUnavailable, () =>
            StageAsync(new SourceStager(new SourcePlaces(new SourceAliases(Aliases()), [Mirror("empty", "/nowhere/")]), Cache("other")) { FetchFrom = PlacePolicy.Mirrors }, "two"));

        Assert.Equal(SourceOrigin.Mirror, staged.From);
        Assert.Contains("nowhere", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_or_a_link_is_not_an_empty_directory()
    {
        string mine = _folder.File("one", "mine");
        File.CreateSymbolicLink(_folder.PathOf("two"), mine);
        Directory.CreateSymbolicLink(_folder.PathOf("three"), _folder.Folder("empty"));

        foreach (string directory in (string[])["one", "two", "three"])
        {
            await Fails.WithAsync(ErrorId.DestinationNotEmpty, () => StageAsync(Stager(), directory));
        }

        Assert.Equal("mine", File.ReadAllText(mine));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.PathOf("empty")));
    }

    [Fact]
    public async Task A_directory_with_something_else_stays_unless_it_may_be_replaced()
    {
        string mine = _folder.File("one/mine.txt", "mine");

        await Fails.WithAsync(ErrorId.DestinationNotEmpty, () => StageAsync(Stager(), "one"));
        Assert.Equal("mine", File.ReadAllText(mine));

        StagedSource staged = await Stager().StageAsync(Source(), _folder.PathOf("one"), replace: true, cancellationToken: Stop);
        Assert.False(File.Exists(mine));
        Assert.True(File.Exists(Path.Combine(staged.Directory, "a.txt")));
    }

    [Fact]
    public async Task A_failure_leaves_the_directory_as_it_was()
    {
        _folder.File("one/mine.txt", "mine");
        IReadOnlyList<string> before = FolderPicture.Of(_folder.Root);

        await Fails.WithAsync(ErrorId.RefNotFound, () => Stager().StageAsync(Source() with { Ref = new string('1', 40) }, _folder.PathOf("one"), replace: true, cancellationToken: Stop).AsTask());

        Assert.Equal(before, FolderPicture.Of(_folder.Root));
    }

    [Fact]
    public async Task A_store_that_is_away_costs_a_notice_and_no_more()
    {
        string file = _folder.File("a file");
        var stager = new SourceStager(Places(), new EntryCatalog(new FileStore(Path.Combine(file, "store"))));

        StagedSource staged = await StageAsync(stager, "one");

        Assert.Equal((SourceOrigin.Origin, false), (staged.From, staged.IsCached));
        Assert.NotEmpty(staged.Notices);
    }

    [Fact]
    public async Task What_was_staged_and_not_touched_is_known_without_the_cache_and_gives_way_to_the_next_commit()
    {
        await StageAsync(Recording(cache: true), "one");
        RemoveOrigin();
        StagedSource again = await StageAsync(Recording(cache: false), "one");
        Directory.Move(_folder.PathOf("gone"), _folder.PathOf("origin"));
        string first = _commit;
        _commit = _repository.Commit(("a.txt", "another"));
        StagedSource next = await StageAsync(Recording(cache: false), "one");

        Assert.Equal((SourceOrigin.UpToDate, SourceOrigin.Origin), (again.From, next.From));
        Assert.NotEqual(first, next.Ref);
        Assert.Equal("another", File.ReadAllText(Path.Combine(next.Directory, "a.txt")));
        Assert.NotEqual(again.Digest, next.Digest);

        File.WriteAllText(Path.Combine(next.Directory, "a.txt"), "mine");
        await Fails.WithAsync(ErrorId.DestinationNotEmpty, () => StageAsync(Recording(cache: true), "one"));
        Assert.Equal("mine", File.ReadAllText(Path.Combine(next.Directory, "a.txt")));

        SourceStager Recording(bool cache) => new(Places(), cache ? Cache("cache") : null) { Records = _folder.PathOf("records") };
    }

    [Fact]
    public async Task Many_that_stage_to_one_directory_leave_it_whole()
    {
        StagedSource[] staged = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ =>
            StageAsync(new SourceStager(Places(), Cache("cache")) { Records = _folder.PathOf("records") }, "one")));

        Assert.Equal(1, staged.Count(one => one.From != SourceOrigin.UpToDate));
    }

    [Fact]
    public async Task What_is_published_without_a_time_is_known_by_its_ref_alone()
    {
        using AssetService service = AssetService.Open(ServiceUri);
        using AssetService readOnly = AssetService.Open(ServiceUri + "?readonly=true");
        SourceDeclaration source = Source() with { Track = $"branch-{Guid.NewGuid():n}" };

        await Fails.WithAsync(ErrorId.UnsupportedByStore, () => new SourcePublisher(Places(), Stager(), readOnly).PublishAsync(source, null, null, Stop).AsTask());
        PublishedSource published = await new SourcePublisher(Places(), Stager(), service).PublishAsync(source, null, null, Stop);
        var tracker = new SourceTracker(Places(), service) { Policy = TrackPolicy.AssetOnly };
        TrackResult before = Assert.Single(await tracker.TrackAsync([source], Stop));
        await new SourcePublisher(Places(), Stager(), service).PublishAsync(source, DateTimeOffset.UtcNow, Places().Aliases.Expand(source.Url), Stop);
        TrackResult after = Assert.Single(await tracker.TrackAsync([source], Stop));
        RemoveOrigin();
        StagedSource staged = await StageAsync(Stager(service, cache: "another cache"), "two");

        Assert.Equal(ErrorId.RefNotFound, before.Failure!.Id);
        Assert.Equal(_commit, after.Tracked!.Ref);
        Assert.Equal((published.Digest, SourceOrigin.AssetService), (staged.Digest!.Value, staged.From));
    }

    [Fact]
    public async Task An_error_names_the_source_and_its_place()
    {
        SourceDeclaration source = Source() with { Url = "nowhere:x", Place = "buildcache.json(7)" };

        BuildCacheException error = await Fails.WithAsync(ErrorId.UnknownAlias, () => Stager().StageAsync(source, _folder.PathOf("one"), cancellationToken: Stop).AsTask());

        Assert.Contains("'library' (buildcache.json(7))", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_source_belongs_below_the_workspace()
    {
        var workspace = BuildCache.Configuration.Workspace.At(_folder.Root);

        Assert.Equal(_folder.PathOf("sources/library"), SourceDirectory.Of(workspace, Source()));
        Assert.Equal(_folder.PathOf("third/lib"), SourceDirectory.Of(workspace, In("third/lib")));
        Fails.With(ErrorId.PathOutsideWorkspace, () => SourceDirectory.Of(workspace, In("../else")));
        Fails.With(ErrorId.PathOutsideWorkspace, () => SourceDirectory.Of(workspace, In(".")));
        Fails.With(ErrorId.InvalidSource, () => SourceDirectory.Of(workspace, Source() with { Name = "../x" }));

        SourceDeclaration In(string directory) => Source() with { Options = new Dictionary<string, string> { ["directory"] = directory } };
    }

    private static SourceMirror Mirror(string name, string prefix) => new(name, new Dictionary<string, IReadOnlyList<string>> { ["here"] = [prefix] });

    private SourceDeclaration Source() => new("library", "git", "here:library") { Track = "main", Ref = _commit };

    private Dictionary<string, string> Aliases() => new() { ["here"] = _server.Url };

    private SourcePlaces Places() => new(new SourceAliases(Aliases()), []);

    private EntryCatalog Cache(string name) => new(new FileStore(_folder.PathOf(name)));

    private SourceStager Stager(AssetService? service = null, bool push = false, string cache = "cache") => new(Places(), Cache(cache), service) { Push = push };

    private Task<StagedSource> StageAsync(SourceStager stager, string directory, DateTimeOffset? tracked = null) =>
        stager.StageAsync(Source(), _folder.PathOf(directory), tracked: tracked, cancellationToken: Stop).AsTask();

    private void RemoveOrigin() => Directory.Move(_folder.PathOf("origin"), _folder.PathOf("gone"));

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }
}
