using BuildCache.Configuration;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Configuration;

public sealed class WorkspaceTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Theory]
    [InlineData("repo/buildcache.json")]
    [InlineData("repo/.git")]
    [InlineData("repo/.git/config")]
    public void The_root_is_the_nearest_folder_with_settings_or_a_repository(string marker)
    {
        _folder.File("buildcache.json", "{}");
        _folder.File(marker, "{}");
        _folder.File("repo/src/app/App.sln");

        Assert.Equal(_folder.PathOf("repo"), Workspace.Find(_folder.PathOf("repo/src/app")).Root);
        Assert.Equal(_folder.PathOf("repo"), Workspace.Find(_folder.PathOf("repo") + Path.DirectorySeparatorChar).Root);
    }

    [Fact]
    public void Settings_below_the_repository_make_a_workspace_of_their_own()
    {
        _folder.Folder(".git");
        _folder.File("part/buildcache.json", """{"project":"part"}""");

        Assert.Equal((_folder.PathOf("part"), "part"), Workspace.Find(_folder.Folder("part/src")) switch { var found => (found.Root, found.ProjectName) });
    }

    [Theory]
    [InlineData("solution/App.sln")]
    [InlineData("solution/App.slnx")]
    public void Without_either_the_nearest_solution_is_the_root(string solution)
    {
        _folder.File(solution);

        Assert.Equal(_folder.PathOf("solution"), Workspace.Find(_folder.Folder("solution/src/app")).Root);
    }

    [Fact]
    public void Without_anything_the_directory_itself_is_the_root()
    {
        Assert.Equal(_folder.PathOf("a/b"), Workspace.Find(_folder.Folder("a/b")).Root);
        Assert.Equal(_folder.PathOf("not there"), Workspace.Find(_folder.PathOf("not there")).Root);
    }

    [Fact]
    public void The_settings_name_the_project_before_git_does()
    {
        _folder.File(".git/config", "[remote \"origin\"]\n\turl = https://host.example/repo\n");
        _folder.File("buildcache.json", """{"project":"named"}""");

        Assert.Equal("named", Workspace.Find(_folder.Root).ProjectName);
    }

    public void Dispose() => _folder.Dispose();
}
