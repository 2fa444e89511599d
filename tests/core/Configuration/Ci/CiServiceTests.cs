using BuildCache.Configuration.Ci;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Configuration.Ci;

/// <summary>Runs and branches as each service's own documentation tells them.</summary>
public sealed class CiServiceTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Dictionary<string, string> _variables = [];

    [Fact]
    public void Where_no_service_is_there_is_none() => Assert.Null(Recognise(("CI", "true"), ("GITHUB_ACTIONS", ""), ("TF_BUILD", " ")));

    [Fact]
    public void GitHub_names_a_run_by_server_repository_and_number()
    {
        CiService service = Recognise(("GITHUB_ACTIONS", "true"), ("GITHUB_RUN_ID", "1658821493"), ("GITHUB_RUN_ATTEMPT", "2"),
            ("GITHUB_SERVER_URL", "https://github.com"), ("GITHUB_REPOSITORY", "contoso/shop"))!;

        Assert.Equal(("GitHub Actions", "github:github.com/contoso/shop/1658821493", "GITHUB_RUN_ID"), (service.Name, service.Run?.Value, service.Run?.Source));
    }

    [Theory]
    [InlineData("refs/heads/main", "main")]
    [InlineData("refs/heads/feature/x", "feature/x")]
    [InlineData("refs/tags/v1", "refs/tags/v1")]
    [InlineData("refs/heads/refs/tags/v1", "refs/heads/refs/tags/v1")]
    [InlineData("refs/heads/", "refs/heads/")]
    public void GitHub_names_the_branch_that_was_pushed(string reference, string expected) =>
        Assert.Equal((expected, "GITHUB_REF"), BranchOf(("GITHUB_ACTIONS", "true"), ("GITHUB_REF", reference), ("GITHUB_HEAD_REF", "")));

    [Theory]
    // The repository's own branch.
    [InlineData("""{"pull_request":{"number":7,"head":{"repo":{"full_name":"Contoso/Shop"}}}}""", "topic")]
    // A fork's, of which the name says nothing.
    [InlineData("""{"pull_request":{"number":7,"head":{"repo":{"full_name":"mallory/shop"}}}}""", "refs/pull/7")]
    // The fork was deleted.
    [InlineData("""{"pull_request":{"number":7,"head":{"repo":null}}}""", "refs/pull/7")]
    [InlineData("""{"pull_request":{"head":{"repo":{"full_name":7}}}}""", "refs/pull/12")]
    [InlineData("[]", "refs/pull/12")]
    [InlineData("", "refs/pull/12")]
    [InlineData(null, "refs/pull/12")]
    public void GitHub_names_the_branch_of_a_pull_request_only_if_it_is_the_repositorys_own(string? content, string expected)
    {
        string path = content is null ? _folder.PathOf("none") : _folder.File("event.json", content);
        Assert.Equal(expected, BranchOf(("GITHUB_ACTIONS", "true"), ("GITHUB_HEAD_REF", "topic"), ("GITHUB_REF", "refs/pull/12/merge"),
            ("GITHUB_REPOSITORY", "contoso/shop"), ("GITHUB_EVENT_PATH", path)).Value);
    }

    [Fact]
    public void GitHub_never_gives_the_base_branch_for_a_pull_request_of_which_nothing_is_known()
    {
        // As with pull_request_target, where the reference is the base branch.
        CiService service = Recognise(("GITHUB_ACTIONS", "true"), ("GITHUB_HEAD_REF", "topic"), ("GITHUB_REF", "refs/heads/main"), ("GITHUB_REPOSITORY", "contoso/shop"))!;

        Assert.Contains("BUILDCACHE_BRANCH", Fails.With(ErrorId.InvalidScope, () => _ = service.Branch).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Azure_names_a_run_by_organization_and_number() =>
        Assert.Equal("azure:dev.azure.com/fabrikam/4711",
            Recognise(("TF_BUILD", "True"), ("BUILD_BUILDID", "4711"), ("SYSTEM_COLLECTIONURI", "https://dev.azure.com/fabrikam/"))!.Run?.Value);

    [Theory]
    [InlineData("refs/heads/main", null, null, "main")]
    [InlineData("refs/tags/v1", null, null, "refs/tags/v1")]
    [InlineData("refs/pull/5/merge", "refs/heads/topic", "False", "topic")]
    [InlineData("refs/pull/5/merge", "topic", "False", "topic")]
    [InlineData("refs/pull/5/merge", "refs/pull/9", "False", "refs/heads/refs/pull/9")]
    [InlineData("refs/pull/5/merge", "refs/heads/main", "True", "refs/pull/5")]
    [InlineData("refs/pull/5/merge", "refs/heads/main", "", "refs/pull/5")]
    public void Azure_names_the_branch(string built, string? source, string? isFork, string expected) =>
        Assert.Equal(expected, BranchOf(("TF_BUILD", "True"), ("BUILD_SOURCEBRANCH", built), ("SYSTEM_PULLREQUEST_SOURCEBRANCH", source ?? ""),
            ("SYSTEM_PULLREQUEST_ISFORK", isFork ?? ""), ("SYSTEM_PULLREQUEST_PULLREQUESTID", source is null ? "" : "5")).Value);

    [Fact]
    public void GitLab_names_a_run_by_server_and_number() =>
        Assert.Equal("gitlab:gitlab.example.com:8443/git/99",
            Recognise(("GITLAB_CI", "true"), ("CI_PIPELINE_ID", "99"), ("CI_SERVER_URL", "https://gitlab.example.com:8443/git"))!.Run?.Value);

    [Fact]
    public void GitLab_names_the_branch()
    {
        Assert.Equal(("main", "CI_COMMIT_BRANCH"), BranchOf(("GITLAB_CI", "true"), ("CI_COMMIT_BRANCH", "main")));
        Assert.Equal(("refs/tags/v1", "CI_COMMIT_TAG"), BranchOf(("GITLAB_CI", "true"), ("CI_COMMIT_TAG", "v1")));
        (string, string)[] request = [("GITLAB_CI", "true"), ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "main"), ("CI_MERGE_REQUEST_IID", "3"), ("CI_MERGE_REQUEST_PROJECT_ID", "10")];
        Assert.Equal("main", BranchOf([.. request, ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "10")]).Value);
        Assert.Equal("refs/pull/3", BranchOf([.. request, ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "11")]).Value);
        Assert.Equal("refs/pull/3", BranchOf(request).Value);
    }

    [Theory]
    [InlineData("teamcity.build.branch=feature/x\n", "feature/x")]
    [InlineData("teamcity.build.branch=<default>\nteamcity.build.vcs.branch.Shop=refs/heads/main\n", "main")]
    [InlineData("teamcity.build.vcs.branch.A=refs/heads/main\nteamcity.build.vcs.branch.B=refs/heads/main\n", "main")]
    [InlineData("teamcity.build.vcs.branch.A=refs/heads/main\nteamcity.build.vcs.branch.B=refs/heads/other\n", null)]
    [InlineData("teamcity.build.branch=pull/8\nteamcity.pullRequest.number=8\nteamcity.pullRequest.source.branch=main\n", "refs/pull/8")]
    public void TeamCity_tells_run_and_branch_in_its_files(string configuration, string? expected)
    {
        string file = _folder.File("a:b/config ü.properties", "#comment\n" + configuration + "teamcity.serverUrl=https\\://ci.example.com\n");
        string build = _folder.File("build.properties", $"teamcity.build.id=31\nteamcity.configuration.properties.file={file.Replace(":", "\\:", StringComparison.Ordinal).Replace("ü", "\\u00fc", StringComparison.Ordinal)}\n");

        CiService service = Recognise(("TEAMCITY_VERSION", "2025.1"), ("TEAMCITY_BUILD_PROPERTIES_FILE", build))!;

        Assert.Equal(("teamcity:ci.example.com/31", expected), (service.Run?.Value, service.Branch?.Value));
    }

    [Fact]
    public void TeamCity_without_its_files_tells_nothing()
    {
        CiService service = Recognise(("TEAMCITY_VERSION", "2025.1"), ("TEAMCITY_BUILD_PROPERTIES_FILE", _folder.PathOf("none")))!;

        Assert.Equal((null, null), (service.Run, service.Branch));
    }

    [Theory]
    [InlineData("BUILD_URL", "https://ci.example.com/job/shop/15/", "jenkins:ci.example.com/job/shop/15")]
    [InlineData("BUILD_TAG", "jenkins-shop-15", "jenkins:ci.example.com/jenkins-shop-15")]
    public void Jenkins_names_a_run_by_its_address(string variable, string value, string expected) =>
        Assert.Equal(expected, Recognise(("JENKINS_URL", "https://user:secret@ci.example.com/"), (variable, value))!.Run?.Value);

    [Theory]
    [InlineData("BRANCH_NAME", "feature/x", "feature/x")]
    [InlineData("GIT_LOCAL_BRANCH", "feature/x", "feature/x")]
    [InlineData("GIT_BRANCH", "origin/feature/x", "feature/x")]
    [InlineData("GIT_BRANCH", "refs/remotes", "refs/remotes")]
    [InlineData("GIT_BRANCH", "main", "main")]
    [InlineData("GIT_BRANCH", "detached", null)]
    [InlineData("TAG_NAME", "v1", "refs/tags/v1")]
    [InlineData("CHANGE_ID", "4", "refs/pull/4")]
    public void Jenkins_names_the_branch(string variable, string value, string? expected) =>
        Assert.Equal(expected, Recognise(("JENKINS_URL", "https://ci.example.com/"), (variable, value), ("CHANGE_BRANCH", "main"))!.Branch?.Value);

    [Fact]
    public void Runs_of_equal_numbers_differ_from_service_to_service_and_from_server_to_server()
    {
        string?[] runs =
        [
            Recognise(("GITHUB_ACTIONS", "true"), ("GITHUB_RUN_ID", "1"))!.Run?.Value,
            Recognise(("TF_BUILD", "True"), ("BUILD_BUILDID", "1"))!.Run?.Value,
            Recognise(("GITLAB_CI", "true"), ("CI_PIPELINE_ID", "1"), ("CI_SERVER_URL", "https://a"))!.Run?.Value,
            Recognise(("GITLAB_CI", "true"), ("CI_PIPELINE_ID", "1"), ("CI_SERVER_URL", "https://b"))!.Run?.Value,
            Recognise(("JENKINS_URL", "x"), ("BUILD_TAG", "1"))!.Run?.Value,
        ];

        Assert.Equal(runs.Length, runs.Distinct().Count(run => run is not null));
    }

    private CiService? Recognise(params (string Name, string Value)[] variables)
    {
        _variables.Clear();
        foreach ((string name, string value) in variables)
        {
            _variables[name] = value;
        }

        return CiService.Recognise(name => _variables.GetValueOrDefault(name));
    }

    private (string? Value, string? Source) BranchOf(params (string Name, string Value)[] variables) => Recognise(variables)!.Branch switch { var found => (found?.Value, found?.Source) };

    public void Dispose() => _folder.Dispose();
}
