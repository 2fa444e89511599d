using BuildCache.Configuration;
using BuildCache.Tests.Configuration;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Trust;

/// <summary>Files of a checkout that are not what they should be. Each is read with a limit on time: a pipe that is opened waits for ever.</summary>
[Collection(typeof(EnvironmentAlone))]
public sealed class HostileCheckoutTests : IDisposable
{
    private readonly EnvironmentGuard _environment = new();
    private readonly TempFolder _checkout = new();

    [Theory]
    [InlineData("buildcache.json")]
    [InlineData(".git")]
    [InlineData(".git/HEAD")]
    [InlineData(".git/config")]
    [InlineData(".git/commondir")]
    public async Task A_pipe_in_the_place_of_a_file_is_not_waited_for(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no pipes among files.");
        Directory.CreateDirectory(Path.GetDirectoryName(_checkout.PathOf(name))!);
        Assert.Equal(0, Tool.Run("mkfifo", [_checkout.PathOf(name)])!.Value.ExitCode);

        Task look = Task.Run(() =>
        {
            try
            {
                Workspace workspace = Workspace.Find(_checkout.Root);
                _ = workspace.ProjectName;
                _ = Branch.Find(workspace.Root);
            }
            catch (BuildCacheException error)
            {
                Assert.True(error.Id == ErrorId.InvalidConfiguration || error.Id == ErrorId.InvalidScope, error.Message);
            }
        }, TestContext.Current.CancellationToken);

        Assert.Same(look, await Task.WhenAny(look, Task.Delay(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)));
        await look;
    }

    [Theory]
    [InlineData(@"\\evil.example\share")]
    [InlineData("//evil.example/share")]
    [InlineData("/\\evil.example/share")]
    [InlineData("file://evil.example/share")]
    public void A_repository_on_a_network_share_is_not_looked_at(string share)
    {
        _checkout.File(".git", $"gitdir: {share}\n");

        Assert.Null(GitFolder.Of(_checkout.Root));
        Assert.Null(GitFolder.Pointed(share, _checkout.Root));
        Assert.True(Workspace.At(_checkout.Root).IsNamedByFolder);
    }

    [Fact]
    public void Settings_of_two_megabytes_or_that_are_a_directory_are_refused_in_words()
    {
        _checkout.File("buildcache.json", new string(' ', 2 * 1024 * 1024) + "{}");
        Assert.Contains("larger than a megabyte", Fails.With(ErrorId.InvalidConfiguration, () => Workspace.Find(_checkout.Root)).Message, StringComparison.Ordinal);

        File.Delete(_checkout.PathOf("buildcache.json"));
        _checkout.Folder("buildcache.json");
        Assert.Equal(_checkout.Root, Workspace.Find(_checkout.Root).Root);
    }

    [Fact]
    public void The_branch_of_a_strangers_repository_above_is_not_taken()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows(), "Only a superuser can give files to another user.");
        _checkout.File(".git/HEAD", "ref: refs/heads/main\n");
        string start = _checkout.Folder("mine");
        Assert.Equal("main", Branch.Find(start).Value);

        OrdinaryUser.Own(_checkout.PathOf(".git"));

        Fails.With(ErrorId.InvalidScope, () => Branch.Find(start));
    }

    public void Dispose()
    {
        _environment.Dispose();
        _checkout.Dispose();
    }
}
