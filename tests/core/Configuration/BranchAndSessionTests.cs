using System.Diagnostics;
using BuildCache.Configuration;
using BuildCache.Keys;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Configuration;

[Collection(typeof(EnvironmentAlone))]
public sealed class BranchAndSessionTests : IDisposable
{
    private readonly EnvironmentGuard _environment = new();
    private readonly TempFolder _folder = new();

    [Fact]
    public void The_branch_is_that_of_the_variable_else_of_the_service_else_of_git()
    {
        _folder.File(".git/HEAD", "ref: refs/heads/local/x\n");
        Assert.Equal(new FoundValue("local/x", "HEAD of git"), Branch.Find(_folder.Root));

        _environment.Set("GITHUB_ACTIONS", "true");
        _environment.Set("GITHUB_HEAD_REF", null);
        _environment.Set("GITHUB_REF", "refs/heads/service");
        Assert.Equal(new FoundValue("service", "GITHUB_REF"), Branch.Find(_folder.Root));

        _environment.Set(Branch.Variable, "named, by hand");
        Assert.Equal("branch:named%2C by hand", Workspace.At(_folder.Root).ParseScope("branch").ToString());

        _environment.Set(Branch.Variable, "");
        Assert.Equal("service", Branch.Find(_folder.Root).Value);
    }

    [Theory]
    [InlineData("0123456789abcdef0123456789abcdef01234567\n")]
    [InlineData("ref: refs/heads/.invalid\n")]
    [InlineData("ref: \n")]
    [InlineData("")]
    public void Without_a_branch_the_error_says_what_to_set(string head)
    {
        _folder.File(".git/HEAD", head);

        BuildCacheException error = Fails.With(ErrorId.InvalidScope, () => Workspace.At(_folder.Root).ParseScope("project,branch"));

        Assert.Contains("BUILDCACHE_BRANCH", error.Message, StringComparison.Ordinal);
        Assert.Equal("project:p,branch:given", Workspace.At(_folder.Root).ParseScope("project:p,branch:given").ToString());
    }

    [Fact]
    public void A_worktree_has_a_branch_of_its_own()
    {
        _folder.File("main/.git/HEAD", "ref: refs/heads/main\n");
        _folder.File("main/.git/worktrees/topic/HEAD", "ref: refs/heads/topic\n");
        _folder.File("main/.git/worktrees/topic/commondir", "../..\n");
        _folder.File("topic/.git", $"gitdir: {_folder.PathOf("main/.git/worktrees/topic")}\n");

        Assert.Equal(("main", "topic"), (Branch.Find(_folder.PathOf("main")).Value, Branch.Find(_folder.PathOf("topic")).Value));
    }

    [Fact]
    public void A_workspace_inside_of_a_repository_is_on_its_branch()
    {
        _folder.File(".git/HEAD", "ref: refs/heads/main\n");
        _folder.File("part/buildcache.json", "{}");

        Assert.Equal("main", Branch.Find(Workspace.Find(_folder.Folder("part/src")).Root).Value);
    }

    [Fact]
    public void Each_value_of_a_scope_says_where_it_comes_from()
    {
        string file = _folder.File("buildcache.json", """{"project":"shop"}""");
        _folder.File(".git/HEAD", "ref: refs/heads/main\n");
        _environment.Set(Session.Variable, "s1");

        ExplainedScope scope = CacheSettings.Resolve(Workspace.At(_folder.Root), scope: "session,branch,project,user,host,team:core").ExplainedScope;

        Assert.Equal(
            [
                new ScopePair(ScopeKind.Team, "core", "the parameter Scope"),
                new ScopePair(ScopeKind.Project, "shop", $"'project' in {file}"),
                new ScopePair(ScopeKind.Branch, "main", "HEAD of git"),
                new ScopePair(ScopeKind.User, Environment.UserName, "the user's name"),
                new ScopePair(ScopeKind.Host, Environment.MachineName, "the machine's name"),
                new ScopePair(ScopeKind.Session, "s1", "BUILDCACHE_SESSION"),
            ],
            scope.Pairs);
    }

    [Theory]
    [InlineData("team")]
    [InlineData("organization")]
    public void Nothing_tells_the_team_or_the_organization(string scope) => Fails.With(ErrorId.InvalidScope, () => Workspace.At(_folder.Root).ParseScope(scope));

    [Fact]
    public void The_session_is_the_run_of_the_service()
    {
        _environment.Set("GITLAB_CI", "true");
        _environment.Set("CI_PIPELINE_ID", "5");
        _environment.Set("CI_SERVER_URL", "https://gitlab.example.com");

        Assert.Equal(new FoundValue("gitlab:gitlab.example.com/5", "CI_PIPELINE_ID"), Session.Find());
    }

    [Fact]
    public void A_child_process_is_of_the_same_session_and_a_new_terminal_session_is_not()
    {
        string own = Session.Name;
        Assert.StartsWith(Environment.MachineName + ":", own, StringComparison.Ordinal);

        Assert.Equal(own, NameIn(Environment.ProcessPath!));
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has setsid at hand.");
        Assert.NotEqual(own, NameIn("setsid", "--wait", Environment.ProcessPath!));
    }

    private static string NameIn(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, [.. arguments, "session"]) { RedirectStandardOutput = true })!;
        string name = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return name;
    }

    public void Dispose()
    {
        _environment.Dispose();
        _folder.Dispose();
    }
}
