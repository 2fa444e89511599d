using BuildCache.Sources;
using BuildCache.Sources.Git;
using BuildCache.Tests.Support;

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

    private (int ExitCode, string Output, string Errors)? Track(string url, params (string Name, string? Value)[] environment) =>
        Tool.RunIn(_folder.Folder("checkout"), Environment.ProcessPath!, ["track", url], [("BUILDCACHE_HOME", _folder.PathOf("home")), .. environment]);

    public void Dispose() => _folder.Dispose();
}
