using System.Globalization;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;
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

/// <summary>Neither a store nor an asset service can give false content for a true ref, and nobody publishes under an address that did not have it.</summary>
public sealed class VerifiedContentTests(Casd casd) : IClassFixture<Casd>, IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private Repository _repository = null!;
    private GitHttpServer _server = null!;
    private string _old = "";
    private string _commit = "";
    private string _archiveRef = "";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string ServiceUri => string.Create(CultureInfo.InvariantCulture, $"grpc://127.0.0.1:{casd.Port}");

    private SourceDeclaration Git => new("library", "git", "here:library") { Track = "main", Ref = _commit };

    private SourceDeclaration Plain => new("tool", "file", "files:tool.sh") { Ref = _archiveRef, Options = new Dictionary<string, string> { ["executable"] = "true" } };

    public async ValueTask InitializeAsync()
    {
        _repository = new Repository(_folder.PathOf("origin/library"));
        _old = _repository.Commit(("a.txt", Guid.NewGuid().ToString()), ("deep/b.txt", "vulnerable"));
        _commit = _repository.Commit(("deep/b.txt", "true"));
        byte[] tool = System.Text.Encoding.UTF8.GetBytes("#!/bin/sh\n# " + Guid.NewGuid());
        _folder.File("files/tool.sh", tool);
        _archiveRef = "sha256:" + Digest.Of(tool).Hash;
        _server = await GitHttpServer.StartAsync(_folder.PathOf("origin"), cancellationToken: Stop);
    }

    [Theory]
    [InlineData("another tree with the commit's proof")]
    [InlineData("another tree with no proof")]
    [InlineData("another tree with its own proof")]
    [InlineData("a file in place of a directory")]
    public async Task A_false_entry_of_a_store_is_not_staged_and_gives_way(string how)
    {
        StagedSource right = await StageAsync(Stager("cache"), Git, "right");
        await ForgeAsync("forged", Git, how);

        StagedSource staged = await StageAsync(Stager("forged"), Git, "one");
        RemoveOrigin();
        StagedSource again = await StageAsync(Stager("forged"), Git, "two");

        Assert.Equal((SourceOrigin.Origin, SourceOrigin.Cache), (staged.From, again.From));
        Assert.Equal("true", File.ReadAllText(Path.Combine(staged.Directory, "deep/b.txt")));
        Assert.Equal(FolderPicture.Of(right.Directory), FolderPicture.Of(again.Directory));
    }

    [Fact]
    public async Task A_store_cannot_say_that_an_older_commit_in_place_is_the_wanted_one()
    {
        SourceStager stager = Stager("forged", records: "records");
        await StageAsync(stager, Git with { Ref = _old }, "one");
        await ForgeAsync("forged", Git, "another tree with the commit's proof", _folder.PathOf("one"));

        StagedSource staged = await StageAsync(stager, Git, "one");

        Assert.Equal(SourceOrigin.Origin, staged.From);
        Assert.Equal("true", File.ReadAllText(Path.Combine(staged.Directory, "deep/b.txt")));
    }

    [Theory]
    [InlineData("a directory")]
    [InlineData("another file")]
    public async Task A_false_entry_for_a_checksum_is_not_staged(string how)
    {
        string evil = how == "a directory" ? Path.GetDirectoryName(_folder.File("evil/tool.sh", "evil"))! : _folder.File("evil.sh", "evil");
        await new EntryCatalog(new FileStore(_folder.PathOf("forged"))).SaveAsync(SourceKey.Of(Plain, SourceKinds.Of(Plain)), [new PathToSave("source", evil)], new EntryDetails("BuildCache sources") { Keeps = KeptProperties.None }, cancellationToken: Stop);

        StagedSource staged = await StageAsync(Stager("forged"), Plain, "one");
        Directory.Move(_folder.PathOf("files"), _folder.PathOf("gone files"));
        StagedSource again = await StageAsync(Stager("forged"), Plain, "two");

        Assert.Equal((SourceOrigin.Origin, SourceOrigin.Cache), (staged.From, again.From));
        Assert.StartsWith("#!/bin/sh", File.ReadAllText(Path.Combine(again.Directory, "tool.sh")), StringComparison.Ordinal);
        Assert.Equal(FolderPicture.Of(staged.Directory), FolderPicture.Of(again.Directory));
    }

    [Fact]
    public async Task What_a_service_has_without_a_proof_is_used_for_its_user_alone()
    {
        using AssetService service = AssetService.Open(ServiceUri);
        await service.Directories.PushAsync(Question(), Evil(), new FetchedSource([]), null, Stop);

        StagedSource told = await StageAsync(Stager("cache", service, records: "records"), Git, "one");
        StagedSource same = await StageAsync(Stager("cache", service, records: "records"), Git, "one");
        StagedSource honest = await StageAsync(Stager("cache"), Git, "two");
        StagedSource later = await StageAsync(Stager("cache", records: "records"), Git, "one");

        Assert.Equal((SourceOrigin.AssetService, false, false), (told.From, told.IsVerified, told.IsCached));
        Assert.Contains("does not show", Assert.Single(told.Notices), StringComparison.Ordinal);
        Assert.Equal(SourceOrigin.UpToDate, same.From);
        Assert.Equal((SourceOrigin.Origin, true), (honest.From, honest.IsCached));
        Assert.NotEqual(SourceOrigin.UpToDate, later.From);
        Assert.All((StagedSource[])[honest, later], staged => Assert.Equal("true", File.ReadAllText(Path.Combine(staged.Directory, "deep/b.txt"))));
    }

    [Fact]
    public async Task What_differs_from_its_proof_is_not_used_at_all()
    {
        using AssetService service = AssetService.Open(ServiceUri);
        await service.Directories.PushAsync(Question(), Evil(), new FetchedSource([], _repository.ProofOf(_commit)), null, Stop);

        StagedSource staged = await StageAsync(Stager("cache", service), Git, "one");

        Assert.Equal(SourceOrigin.Origin, staged.From);
        Assert.Contains("is not the content of", Assert.Single(staged.Notices), StringComparison.Ordinal);
        Assert.Equal("true", File.ReadAllText(Path.Combine(staged.Directory, "deep/b.txt")));
    }

    [Fact]
    public async Task What_a_service_has_without_a_proof_is_published_to_nobody()
    {
        using AssetService service = AssetService.Open(ServiceUri);
        await service.Directories.PushAsync(Question(), Evil(), new FetchedSource([]), null, Stop);

        await Fails.WithAsync(ErrorId.InvalidSource, () =>
            new SourcePublisher(Places(), Stager("cache", service), service).PublishAsync(Git, DateTimeOffset.UtcNow, _server.Url + "library", Stop).AsTask());
    }

    [Fact]
    public async Task A_mirror_of_a_checkout_does_not_say_what_the_branch_of_another_is_at()
    {
        var attackers = new Repository(_folder.PathOf("evil/library"));
        string evil = attackers.Commit(("deep/b.txt", "evil " + Guid.NewGuid()));
        await using GitHttpServer theirs = await GitHttpServer.StartAsync(_folder.PathOf("evil"), cancellationToken: Stop);
        using AssetService service = AssetService.Open(ServiceUri);
        SourceDeclaration declared = Git with { Track = "branch-" + Guid.NewGuid().ToString("n"), Ref = evil };
        attackers.In("branch", declared.Track!);
        var places = new SourcePlaces(new SourceAliases(Aliases()), [new SourceMirror("theirs", new Dictionary<string, IReadOnlyList<string>> { ["here"] = [theirs.Url] })]);

        StagedSource pushed = await new SourceStager(places, null, service) { Push = true }.StageAsync(declared, _folder.PathOf("one"), tracked: DateTimeOffset.UtcNow, cancellationToken: Stop);
        TrackResult tracked = Assert.Single(await new SourceTracker(places, service) { TrackFrom = PlacePolicy.All }.TrackAsync([declared], Stop));
        await new SourcePublisher(places, new SourceStager(places, null, service), service).PublishAsync(tracked.Tracked!, DateTimeOffset.UtcNow, Stop);
        TrackResult honest = Assert.Single(await new SourceTracker(Places(), service) { Policy = TrackPolicy.AssetOnly }.TrackAsync([declared], Stop));
        TrackResult mirrored = Assert.Single(await new SourceTracker(places, service) { Policy = TrackPolicy.AssetOnly }.TrackAsync([declared], Stop));

        Assert.True(pushed.IsPushed);
        Assert.Equal(theirs.Url + "library", tracked.Tracked!.Uri);
        Assert.Equal(ErrorId.RefNotFound, honest.Failure?.Id);
        Assert.Equal(evil, mirrored.Tracked?.Ref);
    }

    [Fact]
    public async Task Content_of_the_cache_is_published_only_from_a_place_that_is_asked_for_it()
    {
        using AssetService service = AssetService.Open(ServiceUri);
        await StageAsync(Stager("cache"), Git, "one");
        RemoveOrigin();

        await Fails.WithAsync(ErrorId.SourceUnavailable, () => new SourcePublisher(Places(), Stager("cache", service), service).PublishAsync(Git, null, null, Stop).AsTask());
    }

    [Fact]
    public async Task What_lies_on_this_machine_is_not_published()
    {
        using AssetService service = AssetService.Open(ServiceUri);
        foreach (string prefix in (string[])[$"file://{_folder.PathOf("origin")}/", _folder.PathOf("origin") + "/"])
        {
            var places = new SourcePlaces(new SourceAliases(new Dictionary<string, string> { ["here"] = prefix }), []);
            var stager = new SourceStager(places, null, service) { Push = true };

            StagedSource staged = await stager.StageAsync(Git, _folder.PathOf(Guid.NewGuid().ToString()), tracked: DateTimeOffset.UtcNow, cancellationToken: Stop);
            await Fails.WithAsync(ErrorId.InvalidSource, () => new SourcePublisher(places, stager, service).PublishAsync(Git, null, null, Stop).AsTask());

            Assert.False(staged.IsPushed);
            Assert.Equal(AssetOutcome.NotFound, Assert.Single(await service.AskAsync([new AssetQuestion(Git, SourceKinds.Of(Git), places.All(Git.Url))], null, cancellationToken: Stop)).Outcome);
        }
    }

    [Fact]
    public async Task A_file_is_shared_as_it_is_and_verified_by_its_checksum()
    {
        using AssetService service = AssetService.Open(ServiceUri);
        await using GitHttpServer files = await GitHttpServer.StartAsync(_folder.PathOf("files"), isSmart: false, Stop);
        var places = new SourcePlaces(new SourceAliases(new Dictionary<string, string> { ["files"] = files.Url }), []);

        StagedSource pushed = await new SourceStager(places, null, service) { Push = true }.StageAsync(Plain, _folder.PathOf("one"), cancellationToken: Stop);
        Directory.Move(_folder.PathOf("files"), _folder.PathOf("gone files"));
        StagedSource shared = await new SourceStager(places, Cache("cache"), service).StageAsync(Plain, _folder.PathOf("two"), cancellationToken: Stop);

        Assert.True(pushed.IsPushed);
        Assert.Equal((SourceOrigin.AssetService, true), (shared.From, shared.IsVerified));
        Assert.Equal(FolderPicture.Of(pushed.Directory), FolderPicture.Of(shared.Directory));
    }

    private async Task ForgeAsync(string store, SourceDeclaration source, string how, string? evil = null)
    {
        CacheKey key = SourceKey.Of(source, SourceKinds.Of(source));
        byte[]? proof = how.EndsWith("no proof", StringComparison.Ordinal) ? null : _repository.ProofOf(how.EndsWith("own proof", StringComparison.Ordinal) ? _old : _commit);
        string content = how.StartsWith("a file", StringComparison.Ordinal) ? _folder.File("evil file", "evil") : evil ?? Evil();
        await Cache(store).SaveAsync(key, [new PathToSave("source", content)], new EntryDetails("BuildCache sources", Output: proof is null ? null : proof) { Keeps = KeptProperties.None }, replace: true, cancellationToken: Stop);
    }

    private string Evil()
    {
        File.Copy(Path.Combine(_repository.Path, "a.txt"), Path.Combine(_folder.Folder("evil tree"), "a.txt"), overwrite: true);
        return Path.GetDirectoryName(Path.GetDirectoryName(_folder.File("evil tree/deep/b.txt", "evil"))!)!;
    }

    private AssetQuestion Question() => new(Git, SourceKinds.Of(Git), Places().All(Git.Url));

    private Dictionary<string, string> Aliases() => new() { ["here"] = _server.Url, ["files"] = _folder.PathOf("files") + "/" };

    private SourcePlaces Places() => new(new SourceAliases(Aliases()), []);

    private EntryCatalog Cache(string name) => new(new FileStore(_folder.PathOf(name)));

    private SourceStager Stager(string cache, AssetService? service = null, string? records = null) =>
        new(Places(), Cache(cache), service) { Records = records is null ? null : _folder.PathOf(records) };

    private Task<StagedSource> StageAsync(SourceStager stager, SourceDeclaration source, string directory) =>
        stager.StageAsync(source, _folder.PathOf(directory), cancellationToken: Stop).AsTask();

    private void RemoveOrigin() => Directory.Move(_folder.PathOf("origin"), _folder.PathOf("gone"));

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }
}
