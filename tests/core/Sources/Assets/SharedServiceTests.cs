using System.Globalization;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.RemoteApis;
using BuildCache.Sources;
using BuildCache.Sources.Assets;
using BuildCache.Sources.Fetching;
using BuildCache.Sources.Tracking;
using BuildCache.Stores;
using BuildCache.Stores.File;
using BuildCache.Stores.RemoteExecution;
using BuildCache.Tests.RemoteApis;
using BuildCache.Tests.Sources.Git;
using BuildCache.Tests.Support;
using BuildCache.TestServers.Git;

namespace BuildCache.Tests.Sources.Assets;

/// <summary>Several clients, one service, and an origin that changes under them; with a real server and with the peer.</summary>
public sealed class SharedServiceTests(Casd casd, AssetPeerFixture peer) : IClassFixture<Casd>, IClassFixture<AssetPeerFixture>, IAsyncLifetime
{
    private const int Clients = 8;
    private readonly TempFolder _folder = new();
    private readonly string _name = "library-" + Guid.NewGuid().ToString("N");
    private Repository _repository = null!;
    private string _first = "";
    private GitHttpServer _server = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private SourceDeclaration Source => new("library", "git", "here:" + _name) { Track = "main" };

    public async ValueTask InitializeAsync()
    {
        _server = await GitHttpServer.StartAsync(_folder.Folder("origin"), cancellationToken: Stop);
        _repository = new Repository(_folder.PathOf("origin/" + _name));
        _first = _repository.Commit(("a.txt", _name), ("deep/b.txt", "b"));
    }

    [Theory]
    [InlineData("casd")]
    [InlineData("peer")]
    public async Task Clients_that_track_and_push_at_once_agree(string server)
    {
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(() => TrackAndPushAsync(server, $"{client}", Places()), Stop)));

        (string reference, Digest directory) = await TellAsync(server);
        Assert.Equal(_first, reference);
        Assert.Equal(directory, await DirectoryOfBranchAsync(server));
        Assert.Equal(_name, await StageElsewhereAsync(server, reference));
    }

    [Theory]
    [InlineData("casd")]
    [InlineData("peer")]
    public async Task Clients_on_both_sides_of_a_forced_push_leave_a_ref_that_belongs_to_its_directory(string server)
    {
        using (AssetService service = AssetService.Open(UriOf(server)))
        {
            // What each side has staged, so that only the pushes meet.
            await Stager(service, "before").StageAsync(Source with { Ref = _first }, _folder.PathOf("before"), cancellationToken: Stop);
            string second = ForcePush();
            await Stager(service, "after").StageAsync(Source with { Ref = second }, _folder.PathOf("after"), cancellationToken: Stop);
            await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
            {
                using AssetService own = AssetService.Open(UriOf(server));
                (string reference, string staged) = client % 2 == 0 ? (_first, "before") : (second, "after");
                await own.Directories.PushAsync(Question(reference), _folder.PathOf(staged), new FetchedSource([]), DateTimeOffset.UtcNow, Stop);
            }, Stop)));
        }

        // Once told together with the directory, once by the record alone.
        using AssetService asked = AssetService.Open(UriOf(server));
        foreach (int _ in (int[])[1, 2])
        {
            AssetAnswer answer = Assert.Single(await asked.AskAsync([Question(null)], null, cancellationToken: Stop));
            Assert.Equal(AssetOutcome.Found, answer.Outcome);
            string folder = _folder.PathOf("elsewhere");
            Assert.Equal(answer.Directory, await asked.Directories.FetchAsync(Question(answer.Ref), folder, Stop));
            Assert.Equal(answer.Ref == _first ? _name : "another", await File.ReadAllTextAsync(Path.Combine(folder, "a.txt"), Stop));
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task After_a_forced_push_the_new_commit_is_tracked_and_the_old_one_still_staged()
    {
        await TrackAndPushAsync("casd", "one", Places());
        string second = ForcePush();

        using AssetService service = AssetService.Open(UriOf("casd"));
        TrackedRef native = await TrackAsync(new SourceTracker(Places(), service), Source);
        TrackedRef asked = await TrackAsync(new SourceTracker(Places(), service) { Policy = TrackPolicy.AssetThenNative }, Source);
        TrackedRef young = await TrackAsync(new SourceTracker(Places(), service) { Policy = TrackPolicy.AssetThenNative, MaximumAge = TimeSpan.Zero }, Source);
        _repository.In("reflog", "expire", "--expire=now", "--all");
        _repository.In("gc", "--quiet", "--prune=now");

        Assert.Equal((second, _first, second), (native.Ref, asked.Ref, young.Ref));
        StagedSource staged = await Stager(service, "two").StageAsync(Source with { Ref = _first }, _folder.PathOf("two"), cancellationToken: Stop);
        Assert.Equal((SourceOrigin.AssetService, _name), (staged.From, await File.ReadAllTextAsync(Path.Combine(staged.Directory, "a.txt"), Stop)));
    }

    [Fact]
    public async Task A_deleted_branch_is_named_and_what_the_service_knows_of_it_stays()
    {
        await TrackAndPushAsync("casd", "one", Places());
        _repository.In("checkout", "--quiet", "-b", "other");
        _repository.In("branch", "--quiet", "-D", "main");

        using AssetService service = AssetService.Open(UriOf("casd"));
        BuildCacheException gone = await Fails.WithAsync(ErrorId.RefNotFound, () => TrackAsync(new SourceTracker(Places()), Source));
        BuildCacheException old = await Fails.WithAsync(ErrorId.RefNotFound, () => TrackAsync(new SourceTracker(Places(), service) { Policy = TrackPolicy.AssetThenNative, MaximumAge = TimeSpan.Zero }, Source));

        Assert.All((string[])[gone.Message, old.Message], message => Assert.Contains("no branch 'main'", message, StringComparison.Ordinal));
        Assert.Equal(_first, (await TrackAsync(new SourceTracker(Places(), service) { Policy = TrackPolicy.AssetThenNative }, Source)).Ref);
    }

    [Fact]
    public async Task An_annotated_tag_is_its_commit_for_everybody()
    {
        _repository.In("tag", "--annotate", "--message", "a release", "v1.2");
        SourceDeclaration tagged = Source with { Track = "tag:v*" };
        using AssetService service = AssetService.Open(UriOf("peer"));
        TrackedRef native = await TrackAsync(new SourceTracker(Places(), service), tagged);
        await Stager(service, "one").StageAsync(tagged with { Ref = native.Ref }, _folder.PathOf("one"), tracked: DateTimeOffset.UtcNow, cancellationToken: Stop);

        TrackedRef told = await TrackAsync(new SourceTracker(Places(), service) { Policy = TrackPolicy.AssetOnly }, tagged);

        Assert.Equal((_first, _first, RefAuthority.AssetService), (native.Ref, told.Ref, told.AnsweredBy));
    }

    [Theory]
    [InlineData("the repository moved, and its alias with it")]
    [InlineData("a mirror came")]
    [InlineData("the network is gone")]
    public async Task What_is_cached_is_staged_whatever_became_of_its_places(string change)
    {
        await Stager(null, "cache").StageAsync(Source with { Ref = _first }, _folder.PathOf("one"), cancellationToken: Stop);
        Directory.Move(_folder.PathOf("origin"), _folder.PathOf("moved"));
        SourcePlaces places = change switch
        {
            "a mirror came" => new SourcePlaces(Aliases("file:///nowhere/"), [new SourceMirror("new", new Dictionary<string, IReadOnlyList<string>> { ["here"] = ["https://mirror.example.org/"] })], "new"),
            "the network is gone" => new SourcePlaces(Aliases("https://127.0.0.1:1/"), []),
            _ => new SourcePlaces(Aliases($"file://{_folder.PathOf("moved")}/"), []),
        };
        using AssetService service = AssetService.Open("grpc://127.0.0.1:1");

        StagedSource staged = await Stager(service, "cache", places).StageAsync(Source with { Ref = _first }, _folder.PathOf("two"), cancellationToken: Stop);

        Assert.Equal(SourceOrigin.Cache, staged.From);
        Assert.Empty(staged.Notices);
    }

    [Fact]
    public async Task A_service_that_lost_blobs_is_whole_again_after_a_push()
    {
        await TrackAndPushAsync("casd", "one", Places());
        File.Delete(casd.PathOf(Digest.Of(System.Text.Encoding.UTF8.GetBytes(_name))));
        using AssetService service = AssetService.Open(UriOf("casd"));

        StagedSource repaired = await Stager(service, "two").StageAsync(Source with { Ref = _first }, _folder.PathOf("two"), cancellationToken: Stop);

        Assert.Equal((SourceOrigin.Origin, true), (repaired.From, repaired.IsPushed));
        Assert.Contains("has lost some of it", Assert.Single(repaired.Notices), StringComparison.Ordinal);
        Assert.Equal(_name, await StageElsewhereAsync("casd", _first));
    }

    [Fact]
    public async Task A_far_tier_of_the_cache_that_lost_blobs_gives_way_to_the_origin_and_is_whole_again()
    {
        await Cached("one").StageAsync(Source with { Ref = _first }, _folder.PathOf("one"), cancellationToken: Stop);
        StagedSource whole = await Cached("two").StageAsync(Source with { Ref = _first }, _folder.PathOf("two"), cancellationToken: Stop);
        File.Delete(casd.PathOf(Digest.Of(System.Text.Encoding.UTF8.GetBytes(_name))));

        StagedSource lost = await Cached("three").StageAsync(Source with { Ref = _first }, _folder.PathOf("three"), cancellationToken: Stop);
        StagedSource again = await Cached("four").StageAsync(Source with { Ref = _first }, _folder.PathOf("four"), cancellationToken: Stop);

        Assert.Equal((SourceOrigin.Cache, SourceOrigin.Origin, SourceOrigin.Cache), (whole.From, lost.From, again.From));
        Assert.Equal(FolderPicture.Of(whole.Directory), FolderPicture.Of(again.Directory));

        SourceStager Cached(string near) => new(Places(), new EntryCatalog(CacheStore.Open($"{_folder.PathOf(near + "-near")};{UriOf("casd")}")));
    }

    [Fact]
    public async Task A_service_that_takes_too_long_is_waited_for_once()
    {
        await peer.Server.BehaveAsync(_name, new TestServers.Assets.AssetPeerBehaviour { Faults = [new("Fetch*", Delay: 20)] }, Stop);
        using AssetService service = AssetService.Open(UriOf("peer"));

        IReadOnlyList<AssetAnswer> answers = await service.AskAsync([.. Enumerable.Repeat(Question(null), 200)], null, TimeSpan.FromSeconds(1), Stop);

        // Those that were under way, and none after them.
        Assert.InRange((await peer.Server.CallsAsync(_name, Stop))["FetchDirectory"], 1, 64);
        Assert.All(answers, answer => Assert.Contains("did not answer within 1 s", answer.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("casd")]
    [InlineData("peer")]
    public async Task A_file_larger_than_a_message_travels_there_and_back(string server)
    {
        byte[] content = new byte[6 * 1024 * 1024];
        new Random(6).NextBytes(content);
        _folder.File("large/a.bin", content);
        using AssetService service = AssetService.Open(UriOf(server));

        Digest pushed = await service.Directories.PushAsync(Question(_first), _folder.PathOf("large"), new FetchedSource([]), null, Stop);
        Digest? fetched = await service.Directories.FetchAsync(Question(_first), _folder.PathOf("elsewhere"), Stop);

        Assert.Equal(pushed, fetched);
        Assert.Equal(Digest.Of(content), Digest.Of(await File.ReadAllBytesAsync(_folder.PathOf("elsewhere/a.bin"), Stop)));
    }

    private string ForcePush()
    {
        File.WriteAllText(Path.Combine(_repository.Path, "a.txt"), "another");
        _repository.In("commit", "--quiet", "--all", "--amend", "--message", "another past");
        return _repository.In("rev-parse", "HEAD").Trim();
    }

    private static SourceAliases Aliases(string prefix) => new(new Dictionary<string, string> { ["here"] = prefix });

    private SourcePlaces Places() => new(Aliases(_server.Url), []);

    private string UriOf(string server) => server == "peer" ? peer.Server.UriOf(_name) : string.Create(CultureInfo.InvariantCulture, $"grpc://127.0.0.1:{casd.Port}");

    private AssetQuestion Question(string? reference) => new(Source with { Ref = reference }, SourceKinds.Of(Source), Places().All(Source.Url));

    private SourceStager Stager(AssetService? service, string cache, SourcePlaces? places = null) =>
        new(places ?? Places(), new EntryCatalog(new FileStore(_folder.PathOf(cache + "-cache"))), service) { Push = service is not null };

    private async Task TrackAndPushAsync(string server, string client, SourcePlaces places)
    {
        using AssetService service = AssetService.Open(UriOf(server));
        TrackedRef tracked = await TrackAsync(new SourceTracker(places, service), Source);
        StagedSource staged = await Stager(service, client, places).StageAsync(Source with { Ref = tracked.Ref }, _folder.PathOf(client), tracked: DateTimeOffset.UtcNow, cancellationToken: Stop);
        Assert.True(staged.IsPushed || staged.From == SourceOrigin.AssetService, string.Join(' ', staged.Notices));
    }

    private static async Task<TrackedRef> TrackAsync(SourceTracker tracker, SourceDeclaration source)
    {
        TrackResult result = Assert.Single(await tracker.TrackAsync([source], Stop));
        return result.Tracked ?? throw result.Failure!;
    }

    private async Task<(string Ref, Digest Directory)> TellAsync(string server)
    {
        using AssetService service = AssetService.Open(UriOf(server));
        TrackedRef tracked = await TrackAsync(new SourceTracker(Places(), service) { Policy = TrackPolicy.AssetOnly }, Source);
        return (tracked.Ref, tracked.Digest!.Value);
    }

    private async Task<Digest?> DirectoryOfBranchAsync(string server)
    {
        using var connection = new RemoteConnection(RemoteStoreUri.Endpoint(StoreUri.Parse(UriOf(server))));
        RemoteStorage storage = await connection.GetAsync(Stop);
        return (await storage.Assets.FetchDirectoryAsync(Places().All(Source.Url), [new("resource_type", "application/x-git"), new("vcs.branch", "main")], cancellationToken: Stop))?.Digest;
    }

    private async Task<string> StageElsewhereAsync(string server, string reference)
    {
        using AssetService service = AssetService.Open(UriOf(server));
        string folder = _folder.PathOf("elsewhere");
        Assert.NotNull(await service.Directories.FetchAsync(Question(reference), folder, Stop));
        return await File.ReadAllTextAsync(Path.Combine(folder, "a.txt"), Stop);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }
}
