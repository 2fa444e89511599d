using BuildCache.Configuration;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Configuration;

public sealed class GitOriginTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Theory]
    [InlineData("https://host.example/org/repo.git")]
    [InlineData("https://host.example/org/repo")]
    [InlineData("https://host.example/org/repo/")]
    [InlineData("https://host.example/org/repo.git/")]
    [InlineData("HTTPS://Host.Example/org/repo.git")]
    [InlineData("http://host.example/org/repo")]
    [InlineData("git://host.example/org/repo.git")]
    [InlineData("ssh://git@host.example/org/repo.git")]
    [InlineData("git@host.example:org/repo.git")]
    [InlineData("git@HOST.example:/org/repo.git")]
    [InlineData("host.example:org/repo")]
    [InlineData("https://user@host.example/org/repo")]
    [InlineData("https://user:password@host.example/org/repo.git")]
    [InlineData("https://user:p@ss:word@host.example/org/repo.git")]
    [InlineData("https://:token@host.example/org/repo.git")]
    [InlineData("  https://host.example/org/repo.git\t")]
    [InlineData("https://host.example/org/repo.git?token=secret")]
    public void One_repository_has_one_name_however_it_was_cloned(string url) =>
        Assert.Equal("host.example/org/repo", GitOrigin.Normalise(url));

    [Theory]
    [InlineData("https://token@host.example", "host.example")]
    [InlineData("https://host.example:8443/org/Repo", "host.example:8443/org/Repo")]
    [InlineData("ssh://git@host.example:2222/org/repo.git", "host.example:2222/org/repo")]
    [InlineData("git@host.example:team@work/repo", "host.example/team@work/repo")]
    [InlineData("git@host.example:re@po", "host.example/re@po")]
    [InlineData("https://host.example/team@work/repo", "host.example/team@work/repo")]
    [InlineData("https://user:secret@host.example/team@work/repo", "host.example/team@work/repo")]
    [InlineData("file:///srv/git/repo.git", "/srv/git/repo")]
    [InlineData("/srv/git/repo.git", "/srv/git/repo")]
    [InlineData("/srv/git@home/repo.git", "/srv/git@home/repo")]
    [InlineData("", "")]
    public void Other_addresses_keep_what_tells_them_apart(string url, string expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() && url.StartsWith('/'), "No full path there.");
        Assert.Equal(expected, GitOrigin.Normalise(url));
    }

    [Fact]
    public void No_credentials_are_ever_in_the_name()
    {
        foreach (string scheme in (string[])["https://", "http://", "ssh://", "ftp://", ""])
        {
            foreach (string user in (string[])["secret@", "user:secret@", ":secret@", "secret:@", "se@secret:cret@"])
            {
                foreach (string rest in (string[])["host.example", "host.example/", "host.example/a/b.git", "host.example:22/a", "host.example/a@b"])
                {
                    if (scheme.Length > 0 || !user.Contains(':', StringComparison.Ordinal))
                    {
                        Assert.DoesNotContain("secret", GitOrigin.Normalise(scheme + user + rest), StringComparison.Ordinal);
                    }
                }
            }
        }
    }

    [Fact]
    public void The_origin_is_read_from_the_repository()
    {
        Repository(".git", "https://host.example/org/repo.git");

        Assert.Equal("host.example/org/repo", GitOrigin.Of(_folder.Root));
        Assert.Equal("host.example/org/repo", Workspace.At(_folder.Root).ProjectName);
    }

    [Fact]
    public void A_worktree_has_the_origin_of_its_repository()
    {
        Repository("main/.git", "git@host.example:org/repo.git");
        _folder.File("main/.git/worktrees/topic/commondir", "../..\n");
        _folder.File("topic/.git", $"gitdir: {_folder.PathOf("main/.git/worktrees/topic")}\n");

        Assert.Equal("host.example/org/repo", GitOrigin.Of(_folder.PathOf("topic")));
    }

    [Fact]
    public void A_submodule_has_an_origin_of_its_own()
    {
        Repository("main/.git", "https://host.example/main");
        Repository("main/.git/modules/sub", "https://host.example/sub");
        _folder.File("main/sub/.git", "gitdir: ../.git/modules/sub\n");

        Assert.Equal("host.example/sub", GitOrigin.Of(_folder.PathOf("main/sub")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[remote \"upstream\"]\n\turl = https://host.example/x\n")]
    [InlineData("[remote \"origin\"]\n\tfetch = +refs/heads/*\n")]
    [InlineData("[remote \"origin\"]\n\turl =\n")]
    [InlineData("[remote \"origin\"]\n\turl = https://\n")]
    [InlineData("\0\0\0")]
    public void Without_an_origin_the_folder_names_the_project(string config)
    {
        _folder.File(".git/config", config);

        Assert.Null(GitOrigin.Of(_folder.Root));
        Assert.Equal($"{Environment.MachineName}:{_folder.Root}", Workspace.At(_folder.Root).ProjectName);
    }

    [Theory]
    [InlineData("")]
    [InlineData("banana")]
    [InlineData("gitdir: /not/there")]
    public void A_git_file_that_leads_nowhere_has_no_origin(string content)
    {
        _folder.File(".git", content);

        Assert.Null(GitOrigin.Of(_folder.Root));
    }

    private void Repository(string git, string url) =>
        _folder.File($"{git}/config", $"[core]\n\tbare = false\n[remote \"upstream\"]\n\turl = https://wrong.example/\n[remote \"origin\"]\n\turl = {url}\n[branch \"main\"]\n\turl = x\n");

    public void Dispose() => _folder.Dispose();
}
