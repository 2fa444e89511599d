using System.Diagnostics;
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
using BuildCache.Tests.Sources.Git;
using BuildCache.Tests.Support;
using BuildCache.TestServers.Assets;
using BuildCache.TestServers.Git;

namespace BuildCache.Tests.Sources.Assets.Matrix;

/// <summary>What happened in a cell.</summary>
/// <param name="TrackedBy">Who told the ref, or the error.</param>
/// <param name="StagedFrom">Where it was staged from; empty where it was not.</param>
/// <param name="Pushed">What became of the push; empty where none was due.</param>
/// <param name="Others">What a client without git then got from the service.</param>
/// <param name="Said">All notices and errors.</param>
/// <param name="Seconds">How long the tracking took.</param>
/// <param name="Calls">What the peer was called.</param>
internal sealed record CellOutcome(string TrackedBy, string StagedFrom, string Pushed, string Others, string Said, double Seconds, string Calls);

/// <summary>
/// Every policy, with and without push, times every answer. The origin is a real repository whose branch has moved on since it was
/// pushed to the service: which of two commits comes back tells who was asked. Every cell has a repository name of its own.
/// </summary>
internal sealed class PolicyMatrix : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly AssetPeerServer? _peer;
    private readonly int _casdPort;
    private readonly GitHttpServer _server;
    private readonly byte[] _proof;
    private int _cells;

    private PolicyMatrix(AssetPeerServer? peer, int casdPort)
    {
        (_peer, _casdPort) = (peer, casdPort);
        var repository = new Repository(_folder.PathOf("library"));
        Pushed = repository.Commit(("a.txt", "one"), ("deep/b.txt", "b"));
        repository.In("worktree", "add", "--quiet", "--detach", _folder.PathOf("staged"), Pushed);
        File.Delete(_folder.PathOf("staged/.git"));
        _proof = repository.ProofOf(Pushed);
        Newest = repository.Commit(("a.txt", "two"));
        _server = GitHttpServer.StartAsync(_folder.Root).GetAwaiter().GetResult();
    }

    /// <summary>What the service knows.</summary>
    public string Pushed { get; }

    /// <summary>What the branch is at.</summary>
    public string Newest { get; }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static PolicyMatrix With(AssetPeerServer peer) => new(peer, 0);

    public static PolicyMatrix WithCasd(int port) => new(null, port);

    public async Task<CellOutcome> RunAsync(TrackPolicy policy, bool push, ServiceAnswer answer)
    {
        string cell = string.Create(CultureInfo.InvariantCulture, $"cell-{Interlocked.Increment(ref _cells)}");
        Directory.CreateSymbolicLink(_folder.PathOf(cell), _folder.PathOf("library"));
        string uri = _peer?.UriOf(cell) ?? string.Create(CultureInfo.InvariantCulture, $"grpc://127.0.0.1:{_casdPort}");
        var source = new SourceDeclaration("library", "git", $"here:{cell}") { Track = "main" };
        if (answer.IsKnown && !answer.IsAway)
        {
            await SeedAsync(uri, source, answer);
        }

        AssetPeerBehaviour behaviour = answer.Behaviour ?? new AssetPeerBehaviour();
        if (_peer is not null)
        {
            await _peer.BehaveAsync(cell, behaviour, Stop);
        }

        using AssetService service = AssetService.Open(answer.IsAway ? "grpc://127.0.0.1:1" : uri);
        var clock = Stopwatch.StartNew();
        TrackResult result = Assert.Single(await new SourceTracker(Places(), service) { Policy = policy, MaximumAge = answer.MaximumAge }.TrackAsync([source], Stop));
        double seconds = clock.Elapsed.TotalSeconds;
        if (result.Tracked is not { } tracked)
        {
            return new CellOutcome(result.Failure!.Id.Name, "", "", "", result.Failure.Message, seconds, await CallsAsync(cell));
        }

        bool isNative = tracked.AnsweredBy == RefAuthority.Native;
        Assert.Equal(isNative ? Newest : Pushed, tracked.Ref);
        Assert.Contains(tracked.Uri, Places().All(source.Url));
        string by = !isNative ? ServiceAnswer.Service : tracked.Notices.Count == 0 ? ServiceAnswer.Native : ServiceAnswer.Noticed;
        if (isNative && !push)
        {
            // What no service told is staged as if there were none.
            return new CellOutcome(by, "", "", "", string.Join(' ', tracked.Notices), seconds, await CallsAsync(cell));
        }

        var stager = new SourceStager(Places(), new EntryCatalog(new FileStore(_folder.PathOf(cell + "-cache"))), service) { Push = push };
        StagedSource staged = await stager.StageAsync(source with { Ref = tracked.Ref }, _folder.PathOf(cell + "-staged"), tracked: isNative ? DateTimeOffset.UtcNow : null, cancellationToken: Stop);
        Assert.Equal(isNative ? "two" : "one", await File.ReadAllTextAsync(Path.Combine(staged.Directory, "a.txt"), Stop));
        string calls = await CallsAsync(cell);
        string others = "";
        if (staged.IsPushed)
        {
            if (_peer is not null)
            {
                await _peer.BehaveAsync(cell, behaviour with { Faults = [], Answer = null, Corrupt = false, Lose = [], Aged = 0 }, Stop);
            }

            others = await AskElsewhereAsync(uri, source, tracked.Ref, cell);
        }

        return new CellOutcome(
            by,
            staged.From switch { SourceOrigin.AssetService => "service", SourceOrigin.Origin => "origin", _ => staged.From.ToString() },
            staged.IsPushed ? "pushed" : push && staged.From == SourceOrigin.Origin ? "refused, with a notice" : "",
            others, string.Join(' ', [.. tracked.Notices, .. staged.Notices]), seconds, calls);
    }

    /// <summary>What must happen in a cell; the rest of the outcome is for people.</summary>
    public static (string TrackedBy, string StagedFrom, string Pushed, string Others) Expected(TrackPolicy policy, bool push, ServiceAnswer answer)
    {
        string by = answer.By(policy);
        string from = by == ServiceAnswer.Service ? answer.Staged : push && by.StartsWith(ServiceAnswer.Native, StringComparison.Ordinal) ? "origin" : "";
        string pushed = !push || from != "origin" ? "" : answer.TakesPush ? "pushed" : "refused, with a notice";
        return (by, from, pushed, pushed == "pushed" ? "ref and content" : "");
    }

    public void Dispose()
    {
        _server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _folder.Dispose();
    }

    private SourcePlaces Places() => new(new SourceAliases(new Dictionary<string, string> { ["here"] = _server.Url }), []);

    private async Task SeedAsync(string uri, SourceDeclaration source, ServiceAnswer answer)
    {
        using AssetService service = AssetService.Open(uri);
        var question = new AssetQuestion(source with { Ref = Pushed }, SourceKinds.Of(source), Places().All(source.Url));
        Digest root = await service.Directories.PushAsync(question, _folder.PathOf("staged"), new FetchedSource([], _proof), answer.HasRecord ? DateTimeOffset.UtcNow - answer.Age : null, Stop);
        if (!answer.HasRecord)
        {
            // As another client than ours pushes.
            using var connection = new RemoteConnection(RemoteStoreUri.Endpoint(StoreUri.Parse(uri)));
            RemoteStorage storage = await connection.GetAsync(Stop);
            await storage.Assets.PushDirectoryAsync(new AssetPush(question.Uris, [new("resource_type", "application/x-git"), new("vcs.branch", "main")], root), Stop);
        }
    }

    /// <summary>Another client, which has nothing but the service: no git, no cache.</summary>
    private async Task<string> AskElsewhereAsync(string uri, SourceDeclaration source, string reference, string cell)
    {
        using AssetService service = AssetService.Open(uri);
        TrackResult result = Assert.Single(await new SourceTracker(Places(), service) { Policy = TrackPolicy.AssetOnly }.TrackAsync([source], Stop));
        var question = new AssetQuestion(source with { Ref = reference }, SourceKinds.Of(source), Places().All(source.Url));
        bool isStaged = await service.Directories.FetchAsync(question, _folder.PathOf(cell + "-elsewhere"), Stop) is not null;
        return string.Join(" and ", [.. (string[])(result.Tracked?.Ref == reference ? ["ref"] : []), .. (string[])(isStaged ? ["content"] : [])]);
    }

    private async Task<string> CallsAsync(string cell) => _peer is null ? "" : string.Join(", ",
        (await _peer.CallsAsync(cell, Stop)).Where(call => call.Key.StartsWith("Fetch", StringComparison.Ordinal)).OrderBy(call => call.Key, StringComparer.Ordinal).Select(call => $"{call.Key} {call.Value}"));
}
