using BuildCache.Sources;
using BuildCache.Sources.Git;
using BuildCache.Tests.Support;
using BuildCache.TestServers.Git;

namespace BuildCache.Tests.Sources.Git;

/// <summary>Real repositories over <c>file:</c>, over git's own protocol and over HTTP, by git and as plain files.</summary>
public sealed class GitSourceTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly GitSource _git = new();
    private Repository _repository = null!;
    private GitHttpServer _smart = null!;
    private GitHttpServer _plain = null!;
    private GitDaemon _daemon = null!;
    private string _first = "";
    private string _second = "";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _repository = new Repository(_folder.PathOf("repositories/library"));
        _first = _repository.Commit(("a.txt", "one\n"), ("sub/b.txt", "b\n"), (".gitattributes", "*.crlf eol=crlf\n"), ("line.crlf", "x\n"));
        _repository.In("tag", "v1.0");
        _second = _repository.Commit(("a.txt", "two\n"));
        _repository.In("tag", "--annotate", "v1.10", "--message", "a release");
        _repository.In("tag", "v1.9");
        _repository.In("tag", "v1.10-rc1", _first);
        _repository.In("update-server-info");
        string root = _folder.PathOf("repositories");
        _smart = await GitHttpServer.StartAsync(root, cancellationToken: Stop);
        _plain = await GitHttpServer.StartAsync(root, isSmart: false, Stop);
        _daemon = await GitDaemon.StartAsync(root, Stop);
    }

    [Theory]
    [InlineData("file")]
    [InlineData("path")]
    [InlineData("smart")]
    [InlineData("plain")]
    [InlineData("daemon")]
    public async Task A_branch_is_followed_and_staged_over_every_transport(string transport)
    {
        string url = UrlOver(transport);

        Assert.Equal(_second, await _git.TrackAsync(Source("main"), url, Stop));
        string staged = await StageAsync(_second, url);

        Assert.Equal("two\n", File.ReadAllText(Path.Combine(staged, "a.txt")));
        Assert.Equal("b\n", File.ReadAllText(Path.Combine(staged, "sub/b.txt")));
        Assert.Equal("x\n", File.ReadAllText(Path.Combine(staged, "line.crlf")));
        Assert.False(Path.Exists(Path.Combine(staged, ".git")));
    }

    [Theory]
    [InlineData("file")]
    [InlineData("smart")]
    [InlineData("plain")]
    [InlineData("daemon")]
    public async Task A_commit_behind_the_newest_is_staged(string transport) =>
        Assert.Equal("one\n", File.ReadAllText(Path.Combine(await StageAsync(_first, UrlOver(transport)), "a.txt")));

    [Theory]
    [InlineData("tag:v1.*", "v1.10^{commit}")]
    [InlineData("tag:v1.0", "v1.0^{commit}")]
    [InlineData("tag:v1.10", "v1.10^{commit}")]
    [InlineData("tag:v1.10-*", "v1.10-rc1^{commit}")]
    [InlineData("refs/tags/v1.0", "v1.0^{commit}")]
    public async Task A_tag_pattern_gives_the_commit_of_the_highest_version(string track, string expected) =>
        Assert.Equal(_repository.In("rev-parse", expected).Trim(), await _git.TrackAsync(Source(track), _repository.Url, Stop));

    [Theory]
    [InlineData("gone")]
    [InlineData("tag:v2.*")]
    [InlineData("ain")]
    public async Task What_is_not_there_is_named_with_its_source(string track)
    {
        BuildCacheException error = await Fails.WithAsync(ErrorId.RefNotFound, () => _git.TrackAsync(Source(track), _repository.Url, Stop).AsTask());
        Assert.Contains("'library' (buildcache.json(3))", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("file")]
    [InlineData("smart")]
    [InlineData("plain")]
    public async Task A_commit_that_is_not_there_is_named(string transport) =>
        Assert.Contains("no commit 1111", (await Fails.WithAsync(ErrorId.RefNotFound, () => StageAsync(new string('1', 40), UrlOver(transport)))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_commit_that_no_branch_holds_any_more_is_staged_while_the_server_has_it()
    {
        _repository.In("reset", "--quiet", "--hard", _first);
        _repository.In("tag", "--delete", "v1.10", "v1.9");

        Assert.Equal(_first, await _git.TrackAsync(Source("main"), UrlOver("smart"), Stop));
        Assert.Equal("two\n", File.ReadAllText(Path.Combine(await StageAsync(_second, UrlOver("smart")), "a.txt")));
    }

    [Fact]
    public async Task Refused_credentials_are_named_and_not_shown()
    {
        _smart.Credentials = "user:right";

        BuildCacheException error = await Fails.WithAsync(ErrorId.SourceAccessDenied, () => _git.TrackAsync(Source("main"), WithUser("user:wrong-secret"), Stop).AsTask());

        Assert.DoesNotContain("wrong-secret", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(_second, await _git.TrackAsync(Source("main"), WithUser("user:right"), Stop));
    }

    [Fact]
    public async Task A_server_that_is_away_is_unavailable() =>
        await Fails.WithAsync(ErrorId.SourceUnavailable, () => _git.TrackAsync(Source("main"), "http://127.0.0.1:1/library", Stop).AsTask());

    [Fact]
    public async Task An_address_that_looks_like_an_option_is_none() =>
        await Fails.WithAsync(ErrorId.InvalidSource, () => _git.TrackAsync(Source("main"), "--upload-pack=touch pwned", Stop).AsTask());

    [Fact]
    public async Task Links_and_executable_bits_are_as_committed()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no executable bit.");
            return;
        }

        File.CreateSymbolicLink(Path.Combine(_repository.Path, "link"), "a.txt");
        File.WriteAllText(Path.Combine(_repository.Path, "run.sh"), "#!/bin/sh\n");
        File.SetUnixFileMode(Path.Combine(_repository.Path, "run.sh"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string staged = await StageAsync(_repository.Commit(), _repository.Url);

        Assert.Equal("a.txt", new FileInfo(Path.Combine(staged, "link")).LinkTarget);
        Assert.True(File.GetUnixFileMode(Path.Combine(staged, "run.sh")).HasFlag(UnixFileMode.UserExecute));
    }

    [Fact]
    public async Task Submodules_are_staged_by_their_relative_addresses_or_left_out()
    {
        var inner = new Repository(_folder.PathOf("repositories/inner"));
        inner.Commit(("inner.txt", "in\n"));
        _repository.In("submodule", "add", "--quiet", "../inner", "deps/inner");
        string commit = _repository.Commit();

        string with = await StageAsync(commit, UrlOver("smart"));
        string without = await StageAsync(Source("main") with { Ref = commit, Options = new Dictionary<string, string> { ["submodules"] = "false" } }, UrlOver("smart"));

        Assert.Equal("in\n", File.ReadAllText(Path.Combine(with, "deps/inner/inner.txt")));
        Assert.False(File.Exists(Path.Combine(without, "deps/inner/inner.txt")));
        Assert.False(Directory.EnumerateFileSystemEntries(with, ".git", SearchOption.AllDirectories).Any());
    }

    [Fact]
    public async Task A_submodule_that_names_a_folder_of_this_machine_is_refused()
    {
        var inner = new Repository(_folder.PathOf("repositories/inner"));
        inner.Commit(("inner.txt", "in\n"));
        _repository.In("submodule", "add", "--quiet", inner.Url, "deps/inner");
        string commit = _repository.Commit();

        await Fails.WithAsync(ErrorId.SourceUnavailable, () => StageAsync(commit, UrlOver("smart")));
    }

    [Fact]
    public async Task Pointers_of_lfs_stay_and_are_told_of()
    {
        string commit = _repository.Commit(
            (".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n"),
            ("big.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"));
        string directory = _folder.Folder("staged");

        IReadOnlyList<string> notices = (await _git.FetchAsync(Source("main") with { Ref = commit }, _repository.Url, directory, Stop)).Notices;

        Assert.Contains("LFS", Assert.Single(notices), StringComparison.Ordinal);
        Assert.StartsWith("version ", File.ReadAllText(Path.Combine(directory, "big.bin")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("main")]
    [InlineData("v1.0")]
    [InlineData("abc123")]
    [InlineData("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz")]
    public void A_ref_that_is_no_commit_is_refused(string text) => Fails.With(ErrorId.InvalidRef, () => _git.Check(Source("main") with { Ref = text }));

    [Fact]
    public void What_git_describes_is_a_ref()
    {
        _repository.Commit(("c.txt", "c"));
        string described = _repository.In("describe", "--tags", "--abbrev=40", "--long", "--always").Trim();

        Assert.Equal(_repository.In("rev-parse", "HEAD").Trim(), GitSource.CommitOf(Source("main") with { Ref = described }));
    }

    [Fact]
    public void A_source_without_track_and_ref_and_one_with_an_unknown_option_are_refused()
    {
        Fails.With(ErrorId.InvalidSource, () => _git.Check(Source(null)));
        Fails.With(ErrorId.InvalidSource, () => _git.Check(Source("main") with { Options = new Dictionary<string, string> { ["depth"] = "1" } }));
    }

    private static SourceDeclaration Source(string? track) => new("library", "git", "x:library") { Track = track, Place = "buildcache.json(3)" };

    private string UrlOver(string transport) => transport switch
    {
        "file" => _repository.Url,
        "path" => _repository.Path,
        "smart" => _smart.Url + "library",
        "plain" => _plain.Url + "library/.git",
        _ => _daemon.Url + "library",
    };

    private string WithUser(string user) => UrlOver("smart").Replace("://", $"://{user}@", StringComparison.Ordinal);

    private Task<string> StageAsync(string commit, string url) => StageAsync(Source("main") with { Ref = commit }, url);

    private async Task<string> StageAsync(SourceDeclaration source, string url)
    {
        string directory = _folder.Folder($"staged-{Guid.NewGuid():n}");
        await _git.FetchAsync(source, url, directory, Stop);
        return directory;
    }

    public async ValueTask DisposeAsync()
    {
        await _smart.DisposeAsync();
        await _plain.DisposeAsync();
        _daemon.Dispose();
        _folder.Dispose();
    }
}
