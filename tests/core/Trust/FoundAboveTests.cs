using BuildCache.Configuration;
using BuildCache.Tests.Support;
using BuildCache.Trust;

namespace BuildCache.Tests.Trust;

/// <summary>What another user put into a directory above. Needs two users, and so a superuser.</summary>
public sealed class FoundAboveTests : IDisposable
{
    private readonly TempFolder _shared = new();

    public FoundAboveTests() => Assert.SkipUnless(Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows(), "Only a superuser can give files to another user.");

    [Theory]
    [InlineData("buildcache.json")]
    [InlineData(".git/config")]
    [InlineData(".git")]
    [InlineData("App.sln")]
    public void Files_of_a_stranger_above_do_not_count(string marker)
    {
        string file = _shared.File(marker, """{ "store": "/stranger" }""");
        OrdinaryUser.Own(_shared.PathOf(marker.Split('/')[0]));
        string start = _shared.Folder("mine/src");

        Workspace workspace = Workspace.Find(start);

        Assert.Equal(start, workspace.Root);
        Assert.NotEqual("/stranger", CacheSettings.Resolve(workspace).Store.Text);
        Setting refused = Assert.Single(workspace.Refused);
        Assert.Contains(marker.Split('/')[0], refused.Warning, StringComparison.Ordinal);
        Assert.Contains("belongs to another user", refused.Warning, StringComparison.Ordinal);
        Assert.True(File.Exists(file));
    }

    [Fact]
    public void Nor_does_a_link_of_a_stranger_to_a_file_of_mine_or_a_file_of_mine_in_a_directory_of_a_stranger()
    {
        string mine = _shared.File("elsewhere/buildcache.json", """{ "project": "p" }""");
        File.CreateSymbolicLink(_shared.PathOf("buildcache.json"), mine);
        Assert.Equal(0, Tool.Run("chown", ["-h", "65534", _shared.PathOf("buildcache.json")])!.Value.ExitCode);
        Assert.Equal(_shared.Folder("start"), Workspace.Find(_shared.Folder("start")).Root);

        _shared.File("theirs/buildcache.json", "{}");
        Assert.Equal(0, Tool.Run("chown", ["65534", _shared.PathOf("theirs")])!.Value.ExitCode);
        Assert.Equal(_shared.Folder("theirs/start"), Workspace.Find(_shared.Folder("theirs/start")).Root);
    }

    [Fact]
    public void Those_of_the_owner_of_the_start_count_as_in_a_container_that_runs_as_root()
    {
        _shared.File("checkout/buildcache.json", """{ "project": "p" }""");
        _shared.Folder("checkout/src");
        OrdinaryUser.Own(_shared.PathOf("checkout"));

        Workspace workspace = Workspace.Find(_shared.PathOf("checkout/src"));

        Assert.Equal((_shared.PathOf("checkout"), "p"), (workspace.Root, workspace.ProjectName));
        Assert.Empty(workspace.Refused);
    }

    [Fact]
    public void A_good_file_farther_up_is_found_past_a_strangers()
    {
        _shared.File("buildcache.json", """{ "project": "mine" }""");
        string strangers = _shared.File("sub/buildcache.json", """{ "project": "theirs" }""");
        OrdinaryUser.Own(strangers);

        Assert.Equal("mine", Workspace.Find(_shared.Folder("sub/start")).ProjectName);
    }

    public void Dispose() => _shared.Dispose();
}
