using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Sources;
using BuildCache.Sources.Fetching;
using BuildCache.Sources.Mirroring;
using BuildCache.Stores.File;
using BuildCache.Tests.Stores.S3;
using BuildCache.Tests.Support;
using BuildCache.TestServers;
using BuildCache.TestServers.Git;

namespace BuildCache.Tests.Sources.Mirroring;

/// <summary>A project from its mirror alone, with its origins switched off.</summary>
public sealed class MirrorRoundTripTests(S3Servers servers, MirrorOrigin origin) : IAsyncLifetime
{
    private MirrorRig _rig = null!;

    public async ValueTask InitializeAsync() => _rig = await MirrorRig.StartAsync(origin);

    [Fact]
    public async Task A_mirror_in_a_folder_has_all_that_the_project_needs()
    {
        IReadOnlyList<MirroredSource> reports = await _rig.SyncAsync();
        await _rig.SwitchOffAsync();
        await using GitHttpServer server = await GitHttpServer.StartAsync(_rig.Mirror, isSmart: false, MirrorRig.Stop);

        Assert.Equal(["library", "library/deps/far", "library/deps/inner", "tool"], reports.Select(report => report.Name));
        Assert.All(reports, report => Assert.True(report.IsComplete, report.Message));
        foreach (string mirror in new[] { _rig.Mirror, new Uri(_rig.Mirror).AbsoluteUri, server.Url })
        {
            Assert.All(await _rig.Mirroring.TestAsync([_rig.Git, _rig.Tool], mirror, MirrorRig.Stop), test => Assert.True(test.IsFetched, test.Message));
        }
    }

    [Fact]
    public async Task A_project_is_staged_from_a_mirror_when_its_origins_are_gone()
    {
        await _rig.SyncAsync();
        await _rig.SwitchOffAsync();
        string mirror = new Uri(_rig.Mirror).AbsoluteUri;
        var places = new SourcePlaces(_rig.Aliases, [new SourceMirror("near", new Dictionary<string, IReadOnlyList<string>> { ["code"] = [mirror + "/code/"], ["pkg"] = [mirror + "/pkg"] })]);
        await using var store = FileStore.Open(_rig.Folder.Folder("cache"));
        var stager = new SourceStager(places, new EntryCatalog(store));

        StagedSource library = await stager.StageAsync(_rig.Git, _rig.Folder.PathOf("staged/library"), cancellationToken: MirrorRig.Stop);
        StagedSource tool = await stager.StageAsync(_rig.Tool, _rig.Folder.PathOf("staged/tool"), cancellationToken: MirrorRig.Stop);

        Assert.Equal((SourceOrigin.Mirror, SourceOrigin.Mirror), (library.From, tool.From));
        Assert.Equal("far", File.ReadAllText(Path.Combine(library.Directory, "deps/far/far.txt")));
        Assert.Equal("inner", File.ReadAllText(Path.Combine(library.Directory, "deps/inner/inner.txt")));
        Assert.Equal("the tool", File.ReadAllText(Path.Combine(tool.Directory, "tool.bin")));
    }

    [Fact]
    public async Task A_mirror_in_a_bucket_has_all_that_the_project_needs_and_is_written_once()
    {
        await using S3Rig rig = await S3Rig.StartAsync(servers, S3Servers.Moto);
        SourceDeclaration[] sources = [_rig.Git, _rig.Tool];
        IReadOnlyList<MirroredSource> reports = await _rig.Mirroring.SyncAsync(sources, UriOf(rig), MirrorRig.Stop);
        rig.Proxy.Requests.Clear();
        await _rig.Mirroring.SyncAsync(sources, UriOf(rig), MirrorRig.Stop);
        IReadOnlyList<SeenRequest> second = rig.Proxy.Requests.ToList();
        await _rig.SwitchOffAsync();
        // The bucket itself is the web server.
        await rig.Direct.PutBucketPolicyAsync(rig.Bucket,
            $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::{{rig.Bucket}}/*"}]}""");
        string address = $"{rig.Direct.Config.ServiceURL.TrimEnd('/')}/{rig.Bucket}/mir/ror/";

        Assert.All(reports, report => Assert.True(report.IsComplete, report.Message));
        Assert.All(second, request => Assert.Equal("GET", request.Method));
        foreach (string mirror in new[] { UriOf(rig), address })
        {
            Assert.All(await _rig.Mirroring.TestAsync(sources, mirror, MirrorRig.Stop), test => Assert.True(test.IsFetched, test.Message));
        }
    }

    [Fact]
    public async Task Of_two_machines_with_one_bucket_neither_loses_what_the_other_kept()
    {
        await using S3Rig rig = await S3Rig.StartAsync(servers, S3Servers.Moto);
        SourceDeclaration old = _rig.Alone;
        await _rig.Mirroring.SyncAsync([_rig.Alone, _rig.Tool], UriOf(rig), MirrorRig.Stop);
        _rig.Library.In("commit", "--quiet", "--amend", "--message", "another");
        _rig.Library.In("tag", "--delete", "v1.0");
        SourceDeclaration now = old with { Ref = _rig.Library.In("rev-parse", "HEAD").Trim() };

        // The other has no copy yet; the first one's is old by then.
        IReadOnlyList<MirroredSource> reports = await _rig.OnMachine("two", _rig.Aliases).SyncAsync([now, _rig.Tool], UriOf(rig), MirrorRig.Stop);
        await _rig.Mirroring.SyncAsync([now, _rig.Tool], UriOf(rig), MirrorRig.Stop);
        await _rig.SwitchOffAsync();

        Assert.All(reports, report => Assert.True(report.IsComplete, report.Message));
        Assert.True(reports[0].Kept > 0);
        IReadOnlyList<TestedSource> tested = await _rig.Mirroring.TestAsync([old, now, _rig.Tool], UriOf(rig), MirrorRig.Stop);
        Assert.All(tested, test => Assert.True(test.IsFetched, test.Message));
    }

    [Fact]
    public async Task A_bucket_that_was_written_half_way_is_as_before_and_what_it_makes_git_do_is_not_taken()
    {
        await using S3Rig rig = await S3Rig.StartAsync(servers, S3Servers.Moto);
        SourceDeclaration before = _rig.Alone;
        await _rig.Mirroring.SyncAsync([before], UriOf(rig), MirrorRig.Stop);
        _rig.Advance("two");
        rig.Proxy.Fault = Fault.Status(403).For(request => request.Method == "PUT" && request.Path.EndsWith("/packed-refs", StringComparison.Ordinal));

        await Fails.WithAsync(ErrorId.StoreAccessDenied, () => _rig.Mirroring.SyncAsync([_rig.Alone], UriOf(rig), MirrorRig.Stop).AsTask());
        TestedSource halfWay = Assert.Single(await _rig.Mirroring.TestAsync([before], UriOf(rig), MirrorRig.Stop));
        rig.Proxy.Fault = null;
        await _rig.Mirroring.SyncAsync([_rig.Alone], UriOf(rig), MirrorRig.Stop);
        TestedSource whole = Assert.Single(await _rig.Mirroring.TestAsync([_rig.Alone], UriOf(rig), MirrorRig.Stop));

        Assert.True(halfWay.IsFetched, halfWay.Message);
        Assert.True(whole.IsFetched, whole.Message);

        // Whoever may write the bucket gets no command run on another machine.
        string list = await ReadAsync(rig, ".buildcache/manifest");
        byte[] evil = System.Text.Encoding.UTF8.GetBytes($"[core]\n\tsshCommand = touch {_rig.Folder.PathOf("pwned")}\n\tfsmonitor = touch {_rig.Folder.PathOf("pwned")}\n");
        await WriteAsync(rig, "code/library/config", evil);
        await WriteAsync(rig, ".buildcache/manifest", System.Text.Encoding.UTF8.GetBytes(list + $"{Digest.Of(evil).Hash} {evil.Length} code/library/config\n"));
        await _rig.OnMachine("two", _rig.Aliases).SyncAsync([_rig.Alone], UriOf(rig), MirrorRig.Stop);

        Assert.False(File.Exists(_rig.Folder.PathOf("pwned")));
        Assert.All(Directory.EnumerateFiles(_rig.Folder.PathOf("machines/two/mirrors"), "config", SearchOption.AllDirectories),
            file => Assert.DoesNotContain("pwned", File.ReadAllText(file), StringComparison.Ordinal));
    }

    private static async Task<string> ReadAsync(S3Rig rig, string name)
    {
        using Amazon.S3.Model.GetObjectResponse answer = await rig.Direct.GetObjectAsync(rig.Bucket, "mir/ror/" + name);
        using var reader = new StreamReader(answer.ResponseStream);
        return await reader.ReadToEndAsync();
    }

    private static async Task WriteAsync(S3Rig rig, string name, byte[] content) => await rig.Direct.PutObjectAsync(
        new Amazon.S3.Model.PutObjectRequest { BucketName = rig.Bucket, Key = "mir/ror/" + name, InputStream = new MemoryStream(content), UseChunkEncoding = false });

    private static string UriOf(S3Rig rig) => $"s3://{rig.Bucket}/mir/ror?endpoint={rig.Proxy.Address}&region=us-east-1&pathStyle=true";

    public async ValueTask DisposeAsync() => await _rig.DisposeAsync();
}
