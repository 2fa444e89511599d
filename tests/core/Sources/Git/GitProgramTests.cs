using BuildCache.Sources;
using BuildCache.Sources.Git;
using BuildCache.Tests.Support;
using BuildCache.TestServers.Git;

namespace BuildCache.Tests.Sources.Git;

/// <summary>What lies in the directory that a process happens to be in decides neither which git runs nor how.</summary>
public sealed class GitProgramTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Ran => _folder.PathOf("ran");

    [Theory]
    [InlineData("")]
    [InlineData("relative")]
    [InlineData(".")]
    public void A_git_of_the_current_directory_does_not_run(string entry)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The script is one for a Unix shell.");
        var repository = new Repository(_folder.PathOf("repository"));
        string commit = repository.Commit(("a", "1"));
        foreach (string place in (string[])["checkout/git", "checkout/relative/git"])
        {
            string script = _folder.File(place, $"#!/bin/sh\ntouch '{Ran}'\n");
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }

        (int ExitCode, string Output, string Errors)? result = Track(repository.Url, ("PATH", $"{entry}:{Environment.GetEnvironmentVariable("PATH")}"));

        Assert.Equal(commit, result?.Output);
        Assert.False(File.Exists(Ran), "The git of the checkout ran.");
    }

    [Fact]
    public void Nor_does_what_the_configuration_of_a_repository_there_names()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The command is one for a Unix shell.");
        _ = new Repository(_folder.PathOf("checkout"));
        _folder.File("checkout/.git/config", $"[core]\n\trepositoryformatversion = 0\n\tsshCommand = touch '{Ran}' #\n");

        (int ExitCode, string Output, string Errors)? result = Track("ssh://nowhere.invalid/repository", ("GIT_SSH_COMMAND", "false"));
        Assert.StartsWith(nameof(ErrorId.SourceUnavailable), result?.Output, StringComparison.Ordinal);
        result = Track("ssh://nowhere.invalid/repository", ("GIT_SSH_COMMAND", null));

        Assert.StartsWith(nameof(ErrorId.SourceUnavailable), result?.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(Ran), "The command of the checkout ran.");
    }

    [Fact]
    public void Without_git_on_the_path_the_error_says_so()
    {
        (int ExitCode, string Output, string Errors)? result = Track("file:///nowhere", ("PATH", _folder.Folder("empty")));

        Assert.StartsWith(nameof(ErrorId.SourceUnavailable), result?.Output, StringComparison.Ordinal);
        Assert.Contains("not on the PATH", result?.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_is_neither_in_an_argument_nor_in_a_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The script is one for a Unix shell.");
        var repository = new Repository(_folder.PathOf("repositories/library"));
        string commit = repository.Commit(("a", "1"));
        await using GitHttpServer server = await GitHttpServer.StartAsync(_folder.PathOf("repositories"), cancellationToken: TestContext.Current.CancellationToken);
        server.Credentials = "me:hunter 2";
        string real = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(directory => Path.Combine(directory, "git")).First(File.Exists);
        string script = _folder.File("bin/git", $"#!/bin/sh\nprintf '%s\\n' \"$@\" >>'{Ran}'\nexec '{real}' \"$@\"\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        (int ExitCode, string Output, string Errors)? result = Run(
            ["fetch", server.Url.Replace("://", "://me:hunter%202@", StringComparison.Ordinal) + "library", commit, _folder.Folder("staged")], ("PATH", _folder.PathOf("bin") + ":" + Environment.GetEnvironmentVariable("PATH")));

        Assert.Equal("", result?.Output);
        Assert.True(File.Exists(_folder.PathOf("staged/a")));
        string arguments = File.ReadAllText(Ran);
        Assert.Contains(server.Url + "library", arguments, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter", arguments, StringComparison.Ordinal);
        foreach (string file in Directory.EnumerateFiles(_folder.PathOf("home"), "*", SearchOption.AllDirectories))
        {
            Assert.DoesNotContain("hunter", File.ReadAllText(file), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("GIT_CONFIG_PARAMETERS", "'core.sshcommand'='touch RAN #'", "ssh://nowhere.invalid/x")]
    [InlineData("GIT_TRACE", "RAN", "file:///nowhere")]
    [InlineData("GIT_TRACE2_EVENT", "RAN", "file:///nowhere")]
    [InlineData("GIT_TEMPLATE_DIR", "TEMPLATE", "file:///nowhere")]
    [InlineData("GIT_DIR", "CHECKOUT", "ssh://nowhere.invalid/x")]
    public void What_a_git_around_it_left_in_the_environment_does_not_count(string name, string value, string url)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The command is one for a Unix shell.");
        _ = new Repository(_folder.PathOf("checkout"));
        _folder.File("checkout/.git/config", $"[core]\n\trepositoryformatversion = 0\n\tsshCommand = touch '{Ran}' #\n");
        _folder.File("template/config", $"[core]\n\tsshCommand = touch '{Ran}' #\n");
        value = value.Replace("RAN", Ran, StringComparison.Ordinal).Replace("TEMPLATE", _folder.PathOf("template"), StringComparison.Ordinal)
            .Replace("CHECKOUT", _folder.PathOf("checkout/.git"), StringComparison.Ordinal);

        (int ExitCode, string Output, string Errors)? result = Run(["fetch", url, new string('1', 40), _folder.Folder("staged")], (name, value), ("GIT_SSH_COMMAND", null));

        Assert.StartsWith(nameof(ErrorId.SourceUnavailable), result?.Output, StringComparison.Ordinal);
        Assert.False(Path.Exists(Ran), $"{name} had its effect.");
    }

    [Fact]
    public void A_filter_of_the_users_does_not_run_for_the_attributes_of_a_source()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The command is one for a Unix shell.");
        var repository = new Repository(_folder.PathOf("repository"));
        string commit = repository.Commit((".gitattributes", "* filter=mine\n"), ("a", "plain"));
        string config = _folder.File("gitconfig", $"[filter \"mine\"]\n\tsmudge = touch '{Ran}'; cat\n\trequired = true\n");

        (int ExitCode, string Output, string Errors)? result = Run(["fetch", repository.Url, commit, _folder.Folder("staged")], ("GIT_CONFIG_GLOBAL", config));

        Assert.Equal("", result?.Output);
        Assert.Equal("plain", File.ReadAllText(_folder.PathOf("staged/a")));
        Assert.False(File.Exists(Ran), "The filter ran.");
    }

    [Fact]
    public void The_users_own_configuration_counts_for_addresses()
    {
        var repository = new Repository(_folder.PathOf("repository"));
        string commit = repository.Commit(("a", "1"));
        string config = _folder.File("gitconfig", $"[url \"{repository.Url}\"]\n\tinsteadOf = https://nowhere.invalid/library\n");

        Assert.Equal(commit, Track("https://nowhere.invalid/library", ("GIT_CONFIG_GLOBAL", config))?.Output);
        Assert.Equal(commit, Track("https://nowhere.invalid/library",
            ("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", $"url.{repository.Url}.insteadOf"), ("GIT_CONFIG_VALUE_0", "https://nowhere.invalid/library"))?.Output);
    }

    /// <summary>Works as the process.</summary>
    public static async Task<int> FetchAsync(string url, string commit, string directory)
    {
        try
        {
            await new GitSource().FetchAsync(new SourceDeclaration("library", "git", url) { Ref = commit }, url, directory, CancellationToken.None);
        }
        catch (BuildCacheException error)
        {
            Console.WriteLine($"{error.Id.Name}: {error.Message}");
        }

        return 0;
    }

    /// <summary>Works as the process.</summary>
    public static async Task<int> TrackAsync(string url)
    {
        try
        {
            Console.WriteLine(await new GitSource().TrackAsync(new SourceDeclaration("library", "git", url) { Track = "main" }, url, CancellationToken.None));
        }
        catch (BuildCacheException error)
        {
            Console.WriteLine($"{error.Id.Name}: {error.Message}");
        }

        return 0;
    }

    private (int ExitCode, string Output, string Errors)? Track(string url, params (string Name, string? Value)[] environment) => Run(["track", url], environment);

    private (int ExitCode, string Output, string Errors)? Run(string[] work, params (string Name, string? Value)[] environment) =>
        Tool.RunIn(_folder.Folder("checkout"), Environment.ProcessPath!, work, [("BUILDCACHE_HOME", _folder.PathOf("home")), .. environment]);

    public void Dispose() => _folder.Dispose();
}
