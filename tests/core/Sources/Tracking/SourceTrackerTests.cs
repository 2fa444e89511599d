using System.Globalization;
using BuildCache.RemoteApis;
using BuildCache.Sources;
using BuildCache.Sources.Assets;
using BuildCache.Sources.Tracking;
using BuildCache.Tests.RemoteApis;
using BuildCache.Tests.Sources.Git;
using BuildCache.Tests.Support;
using Digest = BuildCache.Content.Digest;

namespace BuildCache.Tests.Sources.Tracking;

/// <summary>Every policy times every kind of answer: a real repository, a real server, and a peer for what no real one says.</summary>
public sealed class SourceTrackerTests(Casd casd) : IClassFixture<Casd>, IAsyncLifetime
{
    private const string FromService = "1111111111111111111111111111111111111111";
    private readonly TempFolder _folder = new();
    private Repository _repository = null!;
    private SourcePlaces _places = null!;
    private string _commit = "";
    private AssetPeer _peer = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _repository = new Repository(_folder.PathOf("library"));
        _commit = _repository.Commit(("a.txt", "a"));
        _places = new SourcePlaces(
            new SourceAliases(new Dictionary<string, string> { ["here"] = $"file://{_folder.Root}/" }),
            [new SourceMirror("far", new Dictionary<string, IReadOnlyList<string>> { ["here"] = ["https://mirror.example.org/"] })]);
        _peer = await AssetPeer.StartAsync();
    }

    public static TheoryData<string, string, string> Matrix()
    {
        var all = new TheoryData<string, string, string>();
        foreach ((string answer, string native, string assetThenNative, string assetOnly) in (IEnumerable<(string, string, string, string)>)
        [
            ("hit", "native", "service", "service"),
            ("not found by the call", "native", "native", "RefNotFound"),
            ("not found in the answer", "native", "native", "RefNotFound"),
            ("permission denied", "native", "native+notice", "StoreAccessDenied"),
            ("permission denied in the answer", "native", "native+notice", "StoreAccessDenied"),
            ("unimplemented", "native", "native+notice", "UnsupportedByStore"),
            ("unavailable", "native", "native+notice", "StoreUnavailable"),
            ("no commit", "native", "native+notice", "RefNotFound"),
            ("no commit but a branch", "native", "native+notice", "RefNotFound"),
            ("too old", "native", "native+notice", "RefNotFound"),
            ("away", "native", "native+notice", "StoreUnavailable"),
        ])
        {
            all.Add(answer, nameof(TrackPolicy.Native), native);
            all.Add(answer, nameof(TrackPolicy.AssetThenNative), assetThenNative);
            all.Add(answer, nameof(TrackPolicy.AssetOnly), assetOnly);
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task A_policy_says_what_an_answer_means(string answer, string policy, string expected)
    {
        _peer.Answer = answer switch
        {
            "hit" or "too old" => AssetPeer.Knows(("vcs.commit", FromService)),
            "not found by the call" => AssetPeer.Refuses(GrpcStatusCode.NotFound),
            "not found in the answer" => AssetPeer.Says(GrpcStatusCode.NotFound),
            "permission denied" => AssetPeer.Refuses(GrpcStatusCode.PermissionDenied),
            "permission denied in the answer" => AssetPeer.Says(GrpcStatusCode.PermissionDenied),
            "unimplemented" => AssetPeer.Refuses(GrpcStatusCode.Unimplemented),
            "unavailable" => AssetPeer.Refuses(GrpcStatusCode.Unavailable),
            "no commit" => AssetPeer.Knows(),
            "no commit but a branch" => AssetPeer.Knows(("vcs.commit", "main"), ("vcs.branch", "main")),
            _ => _peer.Answer,
        };
        using AssetService service = AssetService.Open(answer == "away" ? "grpc://127.0.0.1:1" : _peer.Uri);
        var tracker = new SourceTracker(_places, service)
        {
            Policy = Enum.Parse<TrackPolicy>(policy),
            MaximumAge = answer == "too old" ? TimeSpan.FromMinutes(10) : null,
        };

        TrackResult result = Assert.Single(await tracker.TrackAsync([Source()], Stop));

        string got = result.Failure is { } failure ? failure.Id.Name
            : (result.Tracked!.AnsweredBy == RefAuthority.Native ? "native" : "service") + (result.Tracked.Notices.Count > 0 ? "+notice" : "");
        Assert.Equal(expected, got);
        Assert.Equal(result.Failure is not null ? null : expected == "service" ? FromService : _commit, result.Tracked?.Ref);
        Assert.Contains(policy == nameof(TrackPolicy.Native) || answer == "away" ? "" : "FetchDirectory", string.Join(' ', _peer.Calls), StringComparison.Ordinal);
        if (result.Failure is not null)
        {
            Assert.Contains("AssetThenNative", result.Failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task All_addresses_are_sent_and_no_more_qualifiers_than_needed()
    {
        _peer.Answer = AssetPeer.Knows(("vcs.commit", FromService));
        using AssetService service = AssetService.Open(_peer.Uri);

        TrackedRef tracked = await OnlyAsync(new SourceTracker(_places, service) { Policy = TrackPolicy.AssetOnly }, Source());

        Assert.Equal(["https://mirror.example.org/library", $"file://{_folder.Root}/library"], _peer.Asked!.Uris);
        Assert.Equal([("resource_type", "application/x-git"), ("vcs.branch", "main")], _peer.Asked.Qualifiers.Select(qualifier => (qualifier.Name, qualifier.Value)));
        Assert.Equal((Digest.Of("a directory"u8), "https://mirror.example.org/library"), (tracked.Digest, tracked.Uri));
    }

    [Fact]
    public async Task No_service_and_no_result_sees_the_secrets_of_an_address()
    {
        _peer.Answer = AssetPeer.Knows(("vcs.commit", FromService));
        using AssetService service = AssetService.Open(_peer.Uri);
        SourceDeclaration source = Source() with { Url = "https://user:hunter2@example.org/library?token=hunter3" };

        TrackedRef tracked = await OnlyAsync(new SourceTracker(_places, service) { Policy = TrackPolicy.AssetOnly }, source);

        Assert.DoesNotContain("hunter", string.Join(' ', _peer.Asked!.Uris.Append(tracked.Uri)), StringComparison.Ordinal);
        Assert.StartsWith("https://example.org/library?sha256=", Assert.Single(_peer.Asked.Uris), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5, null, true)]
    [InlineData(5, 10, true)]
    [InlineData(15, 10, false)]
    public async Task A_real_server_that_tells_no_commit_tells_what_was_recorded_there(int minutesOld, int? maximumMinutes, bool isTaken)
    {
        string branch = $"main-{minutesOld}-{maximumMinutes}";
        using RemoteStorage storage = await casd.ConnectAsync();
        using AssetService service = AssetService.Open(string.Create(CultureInfo.InvariantCulture, $"grpc://127.0.0.1:{casd.Port}"));
        SourceDeclaration source = Source() with { Track = branch };
        var question = new AssetQuestion(source, SourceKinds.Of(source), _places.All(source.Url));
        byte[] root = [];
        var record = new RefRecord(FromService, Digest.Of(root), DateTimeOffset.UtcNow - TimeSpan.FromMinutes(minutesOld));
        Digest blob = Digest.Of(record.Encode());
        await storage.Blobs.WriteSmallAsync([blob], (_, _) => new(record.Encode()), Stop);
        await storage.Assets.PushDirectoryAsync(new AssetPush(question.Uris, [new("resource_type", "application/x-git"), new("vcs.branch", branch)], record.Directory), Stop);
        await storage.Assets.PushBlobAsync(new AssetPush([.. question.Uris.Select(uri => RefRecord.UriOf(question, uri))], [], blob), Stop);
        var tracker = new SourceTracker(_places, service)
        {
            Policy = TrackPolicy.AssetOnly,
            MaximumAge = maximumMinutes is { } minutes ? TimeSpan.FromMinutes(minutes) : null,
        };

        // The second time it is known that the server tells no commits.
        foreach (int _ in (int[])[1, 2])
        {
            TrackResult result = Assert.Single(await tracker.TrackAsync([source], Stop));
            Assert.Equal(isTaken ? FromService : null, result.Tracked?.Ref);
            Assert.Equal(isTaken ? null : ErrorId.RefNotFound, result.Failure?.Id);
            if (isTaken)
            {
                Assert.InRange(result.Tracked!.Age!.Value.TotalMinutes, minutesOld - 1, minutesOld + 1);
                Assert.Equal(record.Directory, result.Tracked.Digest);
            }
        }
    }

    [Fact]
    public async Task A_source_that_follows_nothing_asks_nobody()
    {
        using AssetService service = AssetService.Open(_peer.Uri);

        TrackedRef tracked = await OnlyAsync(new SourceTracker(_places, service) { Policy = TrackPolicy.AssetOnly }, Source() with { Track = null, Ref = FromService });

        Assert.Equal((FromService, RefAuthority.Declaration, false), (tracked.Ref, tracked.AnsweredBy, tracked.HasChanged));
        Assert.Empty(_peer.Calls);
    }

    [Fact]
    public async Task One_that_fails_leaves_the_others_alone()
    {
        IReadOnlyList<TrackResult> results = await new SourceTracker(_places).TrackAsync(
            [Source(), Source() with { Track = "gone" }, Source() with { Url = "nowhere:x" }, Source() with { Kind = "svn" }, Source() with { Ref = FromService }], Stop);

        Assert.Equal([null, "RefNotFound", "UnknownAlias", "InvalidSource", null], results.Select(result => result.Failure?.Id.Name));
        Assert.True(results[4].Tracked!.HasChanged);
    }

    [Fact]
    public async Task Another_way_to_write_the_same_commit_is_no_change()
    {
        IReadOnlyList<TrackResult> results = await new SourceTracker(_places).TrackAsync([Source() with { Ref = $"v1.0-3-g{_commit}" }, Source()], Stop);

        Assert.Equal([false, true], results.Select(result => result.Tracked!.HasChanged));
    }

    [Fact]
    public async Task A_policy_that_needs_a_service_says_so() =>
        await Fails.WithAsync(ErrorId.InvalidSetting, () => new SourceTracker(_places) { Policy = TrackPolicy.AssetOnly }.TrackAsync([Source()], Stop).AsTask());

    [Fact]
    public async Task Where_the_origin_is_gone_a_mirror_that_may_be_asked_answers()
    {
        var places = new SourcePlaces(new SourceAliases(new Dictionary<string, string> { ["here"] = "file:///nowhere/" }),
            [new SourceMirror("near", new Dictionary<string, IReadOnlyList<string>> { ["here"] = [$"file://{_folder.Root}/"] })]);

        Assert.Equal("SourceUnavailable", Assert.Single(await new SourceTracker(places).TrackAsync([Source()], Stop)).Failure?.Id.Name);
        TrackedRef tracked = await OnlyAsync(new SourceTracker(places) { TrackFrom = PlacePolicy.All }, Source());
        Assert.Equal(_commit, tracked.Ref);
        Assert.Contains("nowhere", Assert.Single(tracked.Notices), StringComparison.Ordinal);
    }

    private static SourceDeclaration Source() => new("library", "git", "here:library") { Track = "main" };

    private static async Task<TrackedRef> OnlyAsync(SourceTracker tracker, SourceDeclaration source)
    {
        TrackResult result = Assert.Single(await tracker.TrackAsync([source], Stop));
        return result.Tracked ?? throw result.Failure!;
    }

    public async ValueTask DisposeAsync()
    {
        await _peer.DisposeAsync();
        _folder.Dispose();
    }
}
