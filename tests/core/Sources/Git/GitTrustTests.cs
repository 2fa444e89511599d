using BuildCache.Sources;
using BuildCache.Sources.Git;
using BuildCache.Tests.Support;
using BuildCache.TestServers.Git;

namespace BuildCache.Tests.Sources.Git;

/// <summary>What a hostile repository, server or environment cannot make git do.</summary>
public sealed class GitTrustTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly GitSource _git = new();
    private Repository _repository = null!;
    private GitHttpServer _server = null!;
    private string _commit = "";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Url => _server.Url + "library";

    public async ValueTask InitializeAsync()
    {
        _repository = new Repository(_folder.PathOf("repositories/library"));
        _commit = _repository.Commit(("a.txt", "true\n"));
        _server = await GitHttpServer.StartAsync(_folder.PathOf("repositories"), cancellationToken: Stop);
    }

    [Fact]
    public async Task A_replacement_that_the_server_has_for_a_commit_does_not_count()
    {
        string other = _repository.Commit(("a.txt", "false\n"));
        _repository.In("replace", _commit, other);
        _repository.In("update-server-info");
        // Which has to give all of its refs.
        await using GitHttpServer plain = await GitHttpServer.StartAsync(_folder.PathOf("repositories"), isSmart: false, Stop);

        Assert.Equal("true\n", File.ReadAllText(Path.Combine(await StageAsync(_commit, plain.Url + "library/.git"), "a.txt")));
    }

    [Theory]
    [InlineData("ext::sh -c touch% pwned")]
    [InlineData("fd::7")]
    [InlineData("transport::https://example.org/x")]
    [InlineData("-oProxyCommand=touch pwned:x")]
    [InlineData("ssh://-oProxyCommand=touch/x")]
    [InlineData("ssh://user@-oProxyCommand=touch/x")]
    [InlineData("https://example.org/\nhost=evil")]
    public async Task An_address_that_names_a_program_or_an_option_is_refused(string address)
    {
        await Fails.WithAsync(ErrorId.InvalidSource, () => _git.TrackAsync(Source("main"), address, Stop).AsTask());
        await Fails.WithAsync(ErrorId.InvalidSource, () => StageAsync(_commit, address));
    }

    [Fact]
    public async Task Nor_may_a_submodule_have_such_an_address()
    {
        string marker = _folder.PathOf("pwned");
        _repository.In("update-index", "--add", "--cacheinfo", $"160000,{_commit},deps/inner");
        string commit = CommitIndex($"[submodule \"inner\"]\n\tpath = deps/inner\n\turl = ext::sh -c touch% '{marker}'\n");

        await Fails.WithAsync(ErrorId.InvalidSource, () => StageAsync(commit, Url));
        Assert.False(File.Exists(marker));
    }

    [Fact]
    public async Task More_submodules_than_any_repository_has_are_refused_before_one_is_fetched()
    {
        var modules = new System.Text.StringBuilder();
        for (int i = 0; i < 501; i++)
        {
            _repository.In("update-index", "--add", "--cacheinfo", $"160000,{_commit},deps/m{i}");
            modules.Append(System.Globalization.CultureInfo.InvariantCulture, $"[submodule \"m{i}\"]\n\tpath = deps/m{i}\n\turl = ../library\n");
        }

        string commit = CommitIndex(modules.ToString());
        int before = _server.Requests;

        BuildCacheException error = await Fails.WithAsync(ErrorId.InvalidSource, () => StageAsync(commit, Url));

        Assert.Contains("more than 500 submodules", error.Message, StringComparison.Ordinal);
        Assert.InRange(_server.Requests - before, 1, 6);
    }

    [Fact]
    public async Task A_repository_that_is_its_own_submodule_twice_ends()
    {
        // Each level would double.
        _repository.In("update-index", "--add", "--cacheinfo", $"160000,{_commit},x");
        _repository.In("update-index", "--add", "--cacheinfo", $"160000,{_commit},y");
        string modules = "[submodule \"x\"]\n\tpath = x\n\turl = ../library\n[submodule \"y\"]\n\tpath = y\n\turl = ../library\n";
        string commit = CommitIndex(modules);
        _repository.In("update-index", "--cacheinfo", $"160000,{commit},x");
        string outer = CommitIndex(modules);

        string staged = await StageAsync(outer, Url);

        Assert.True(File.Exists(Path.Combine(staged, "x/x/a.txt")));
    }

    [Fact]
    public async Task Objects_that_a_checkout_of_git_would_refuse_are_refused()
    {
        string blob = _repository.In("rev-parse", _commit + ":a.txt").Trim();
        string inner = _repository.Make("mktree", $"100644 blob {blob}\tconfig\n");
        string tree = _repository.Make("mktree", $"040000 tree {inner}\t.git\n");
        string commit = _repository.In("commit-tree", tree, "-m", "hostile").Trim();
        _repository.In("branch", "hostile", commit);

        string directory = _folder.Folder("staged");
        await Fails.WithAsync(ErrorId.InvalidSource, () => _git.FetchAsync(Source("main") with { Ref = commit }, Url, directory, Stop).AsTask());
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory));
    }

    [Fact]
    public async Task Every_byte_is_as_committed_whatever_the_attributes_say()
    {
        string commit = _repository.Commit(
            (".gitattributes", "* text=auto\n*.bat eol=crlf\n*.id ident\n"), ("run.bat", "a\nb\n"), ("a.id", "$Id$\n"));

        string staged = await StageAsync(commit, Url);

        Assert.Equal(("a\nb\n", "$Id$\n"), (File.ReadAllText(Path.Combine(staged, "run.bat")), File.ReadAllText(Path.Combine(staged, "a.id"))));
    }

    [Fact]
    public async Task Credentials_do_not_follow_a_redirect_to_another_server()
    {
        await using GitHttpServer evil = await GitHttpServer.StartAsync(_folder.PathOf("repositories"), cancellationToken: Stop);
        evil.Credentials = "me:secret";
        _server.Redirect = path => evil.Url.TrimEnd('/') + path;
        string address = Url.Replace("://", "://me:secret@", StringComparison.Ordinal);

        await Fails.WithAsync(ErrorId.SourceAccessDenied, () => _git.TrackAsync(Source("main"), address, Stop).AsTask());
        await Fails.WithAsync(ErrorId.SourceAccessDenied, () => StageAsync(_commit, address));

        Assert.Empty(evil.SeenCredentials);
        Assert.NotEqual(0, evil.Requests);
    }

    [Theory]
    [InlineData("me:pass word", "me:pass%20word")]
    [InlineData("me:p@ss:w/rd'\"$(x)`y`\\%", "me:p%40ss%3Aw%2Frd%27%22%24%28x%29%60y%60%5C%25")]
    [InlineData("tökén-ü:x-oauth-basic", "t%C3%B6k%C3%A9n-%C3%BC:x-oauth-basic")]
    public async Task Passwords_of_all_characters_reach_their_server(string plain, string written)
    {
        _server.Credentials = plain;

        Assert.Equal(_commit, await _git.TrackAsync(Source("main"), Url.Replace("://", $"://{written}@", StringComparison.Ordinal), Stop));
    }

    [Fact]
    public async Task A_password_that_would_be_two_lines_is_refused() =>
        await Fails.WithAsync(ErrorId.InvalidSource, () => _git.TrackAsync(Source("main"), Url.Replace("://", "://me:secret%0Ahost=evil@", StringComparison.Ordinal), Stop).AsTask());

    private string CommitIndex(string modules)
    {
        File.WriteAllText(Path.Combine(_repository.Path, ".gitmodules"), modules);
        _repository.In("add", ".gitmodules");
        _repository.In("commit", "--quiet", "--message", "modules");
        return _repository.In("rev-parse", "HEAD").Trim();
    }

    private static SourceDeclaration Source(string track) => new("library", "git", "x:library") { Track = track };

    private async Task<string> StageAsync(string commit, string url)
    {
        string directory = _folder.Folder($"staged-{Guid.NewGuid():n}");
        await _git.FetchAsync(Source("main") with { Ref = commit }, url, directory, Stop);
        return directory;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }
}
