using BuildCache.Content;
using BuildCache.Sources;
using BuildCache.Sources.Mirroring;
using BuildCache.Tests.Sources.Git;
using BuildCache.Tests.Stores.S3;
using BuildCache.Tests.Support;
using BuildCache.TestServers.Git;

namespace BuildCache.Tests.Sources.Mirroring;

/// <summary>Real origins that can be switched off: a repository with submodules, behind git over HTTP, and files behind a web server.</summary>
public sealed class MirrorRig : IAsyncDisposable
{
    private readonly GitHttpServer _git;
    private readonly GitHttpServer _files;

    private MirrorRig(TempFolder folder, GitHttpServer git, GitHttpServer files)
    {
        (Folder, _git, _files) = (folder, git, files);
        Aliases = new SourceAliases(new Dictionary<string, string> { ["code"] = git.Url, ["pkg"] = files.Url + "v1" });
        Mirroring = OnMachine("one", Aliases);
        Library = new Repository(folder.PathOf("origin/library"), isThere: true);
        folder.File("origin/library/.gitmodules", $"""
            [submodule "inner"]
                path = deps/inner
                url = ../inner
            [submodule "far"]
                path = deps/far
                url = {git.Url}group/far
            """);
        Commit = Library.Commit(("a.txt", "one"));
        Library.In("tag", "--annotate", "v1.0", "--message", "a release");
        Archive = folder.PathOf("files/v1/sub dir/tool.bin");
        Checksum = Replace("the tool");
    }

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    public TempFolder Folder { get; }

    public SourceAliases Aliases { get; }

    public SourceMirroring Mirroring { get; }

    public Repository Library { get; }

    /// <summary>What the library is at.</summary>
    public string Commit { get; private set; }

    /// <summary>Full path of the file behind the web server.</summary>
    public string Archive { get; }

    /// <summary>How many requests both servers had.</summary>
    public int Requests => _git.Requests + _files.Requests;

    public string Mirror => Folder.PathOf("the mirror");

    /// <summary>The library as it lies in the mirror.</summary>
    public string Mirrored => Path.Combine(Mirror, "code/library");

    /// <summary>What that is at.</summary>
    public string Checksum { get; private set; }

    public SourceDeclaration Git => new("library", "git", "code:library") { Track = "main", Ref = Commit };

    /// <summary>The library without its submodules.</summary>
    public SourceDeclaration Alone => Git with { Options = new Dictionary<string, string> { ["submodules"] = "false" } };

    public SourceDeclaration Tool => new("tool", "file", "pkg:/sub%20dir/tool.bin") { Ref = Checksum };

    public static async Task<MirrorRig> StartAsync(MirrorOrigin origin)
    {
        var folder = new TempFolder();
        origin.CopyTo(folder.PathOf("origin"));
        return new MirrorRig(folder, await GitHttpServer.StartAsync(folder.Folder("origin"), cancellationToken: Stop),
            await GitHttpServer.StartAsync(folder.Folder("files"), isSmart: false, Stop));
    }

    /// <summary>Synchronises the mirror in the folder, without an error.</summary>
    public async Task<IReadOnlyList<MirroredSource>> SyncAsync(params SourceDeclaration[] sources)
    {
        IReadOnlyList<MirroredSource> reports = await Mirroring.SyncAsync(sources.Length > 0 ? sources : [Git, Tool], Mirror, Stop);
        Assert.All(reports, report => Assert.Equal("", report.Error?.Message ?? ""));
        return reports;
    }

    public async Task<TestedSource> TestAsync(SourceDeclaration source, string? mirror = null) =>
        Assert.Single(await Mirroring.TestAsync([source], mirror ?? Mirror, Stop));

    /// <summary>Another user directory, as of another machine.</summary>
    public SourceMirroring OnMachine(string name, SourceAliases aliases) => new(aliases)
    {
        Credentials = S3Rig.Credentials,
        Copies = Folder.PathOf($"machines/{name}/mirrors"),
        Memories = Folder.PathOf($"machines/{name}/memory"),
    };

    /// <summary>Puts another file behind the web server.</summary>
    /// <returns>Its checksum.</returns>
    public string Replace(string content)
    {
        Folder.File("files/v1/sub dir/tool.bin", content);
        return Checksum = "sha256:" + Digest.Of(File.ReadAllBytes(Archive)).Hash;
    }

    /// <summary>Goes on in the library.</summary>
    public string Advance(string content) => Commit = Library.Commit(("a.txt", content));

    /// <summary>Runs git in the mirror's library.</summary>
    public string InMirror(params string[] arguments) => Library.In(["--git-dir", Mirrored, .. arguments]);

    /// <summary>Switches the origins off.</summary>
    public async Task SwitchOffAsync()
    {
        await _git.DisposeAsync();
        await _files.DisposeAsync();
        Directory.Move(Folder.PathOf("origin"), Folder.PathOf("moved"));
        Directory.Move(Folder.PathOf("files"), Folder.PathOf("moved files"));
    }

    public async ValueTask DisposeAsync()
    {
        await _git.DisposeAsync();
        await _files.DisposeAsync();
        Folder.Dispose();
    }
}
