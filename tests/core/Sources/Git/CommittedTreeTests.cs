using System.Text;
using BuildCache.Sources;
using BuildCache.Sources.Git;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Sources.Git;

/// <summary>A directory is compared with a commit as git would name it, and nothing that differs passes.</summary>
public sealed class CommittedTreeTests : IDisposable
{
    private static readonly string[] s_names = ["a", "a.txt", "a-b", "a/b", "a0", "B", "b", "ä", "z/z/z", "a.b/c", "-x", "x y"];

    private readonly TempFolder _folder = new();
    private readonly GitSource _git = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sha1")]
    [InlineData("sha256")]
    public async Task A_tree_of_real_git_is_verified(string format)
    {
        Repository repository = New("library", format);
        repository.Commit([.. s_names.Where(name => name != "a").Select(name => (name, name + "\n")), ("empty", ""), ("large", new string('x', 300_000))]);
        Mark(repository);

        (string directory, byte[] proof, SourceDeclaration source) = await StageAsync(repository, repository.Commit());

        Assert.True(_git.Verify(source, directory, proof, Stop));
    }

    [Theory]
    [InlineData("a byte")]
    [InlineData("an extra file")]
    [InlineData("an extra empty directory")]
    [InlineData("an extra file with a name of a staging")]
    [InlineData("a directory with a name of a staging")]
    [InlineData("a missing file")]
    [InlineData("a missing directory")]
    [InlineData("an executable bit")]
    [InlineData("no executable bit")]
    [InlineData("a link's target")]
    [InlineData("a link for a file")]
    [InlineData("a file for a link")]
    [InlineData("another name")]
    [InlineData("a submodule's file")]
    [InlineData("an emptied submodule")]
    [InlineData("an extra file beside an empty submodule")]
    [InlineData("the proof of an older commit")]
    [InlineData("a commit object with another tree")]
    [InlineData("a proof that leaves the submodule out")]
    [InlineData("a proof that has a place which is not there")]
    [InlineData("a proof that makes a directory a submodule")]
    [InlineData("no proof")]
    [InlineData("garbage")]
    public async Task What_differs_is_not_the_commit(string how)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links and bits are those of Unix.");
        Repository inner = New("inner", "sha1");
        string innerCommit = inner.Commit(("in.txt", "in\n"));
        Repository repository = New("library", "sha1");
        string older = repository.Commit(("old.txt", "old\n"));
        byte[] proofOfOlder = repository.ProofOf(older);
        repository.Commit(("a.txt", "a\n"), ("dir/b.txt", "b\n"));
        Mark(repository);
        repository.In("submodule", "add", "--quiet", "../inner", "deps/inner");
        string commit = repository.Commit();
        (string directory, byte[] proof, SourceDeclaration source) = await StageAsync(repository, commit);
        Assert.True(_git.Verify(source, directory, proof, Stop));
        CommitProof good = CommitProof.TryDecode(proof)!;
        string At(string path) => Path.Combine(directory, path);

        switch (how)
        {
            case "a byte": File.WriteAllText(At("a.txt"), "b\n"); break;
            case "an extra file": File.WriteAllText(At("dir/extra.cs"), ""); break;
            case "an extra empty directory": Directory.CreateDirectory(At("dir/extra")); break;
            case "an extra file with a name of a staging": File.WriteAllText(At(".buildcache-1-0123456789abcdef.cs"), "evil"); break;
            case "a directory with a name of a staging": File.WriteAllText(Path.Combine(Directory.CreateDirectory(At("dir/.buildcache-1-0123456789abcdef")).FullName, "evil.cs"), ""); break;
            case "a missing file": File.Delete(At("a.txt")); break;
            case "a missing directory": Directory.Delete(At("dir"), recursive: true); break;
            case "an executable bit": SetMode(At("a.txt"), isExecutable: true); break;
            case "no executable bit": SetMode(At("run.sh"), isExecutable: false); break;
            case "a link's target": File.Delete(At("link")); File.CreateSymbolicLink(At("link"), "run.sh"); break;
            case "a link for a file": File.Delete(At("a.txt")); File.CreateSymbolicLink(At("a.txt"), "old.txt"); break;
            case "a file for a link": File.Delete(At("link")); File.WriteAllText(At("link"), "a.txt"); break;
            case "another name": File.Move(At("a.txt"), At("A.txt")); break;
            case "a submodule's file": File.WriteAllText(At("deps/inner/in.txt"), "out\n"); break;
            case "an emptied submodule":
                File.Delete(At("deps/inner/in.txt"));
                proof = new CommitProof([good.Commits[0], new ProvenCommit("deps/inner", innerCommit, null)], []).Encode()!;
                break;
            case "an extra file beside an empty submodule":
                source = source with { Options = new Dictionary<string, string> { ["submodules"] = "false" } };
                proof = new CommitProof([good.Commits[0], new ProvenCommit("deps/inner", innerCommit, null)], []).Encode()!;
                break;
            case "the proof of an older commit": proof = proofOfOlder; break;
            case "a commit object with another tree":
                proof = new CommitProof([good.Commits[0] with { Object = Encoding.UTF8.GetBytes(repository.In("cat-file", "commit", older)) }, .. good.Commits.Skip(1)], []).Encode()!;
                File.Delete(At("a.txt"));
                break;
            case "a proof that leaves the submodule out": proof = new CommitProof([good.Commits[0]], []).Encode()!; break;
            case "a proof that has a place which is not there": proof = new CommitProof([.. good.Commits, new ProvenCommit("nowhere", innerCommit, null)], []).Encode()!; break;
            case "a proof that makes a directory a submodule": proof = new CommitProof([.. good.Commits, new ProvenCommit("dir", innerCommit, good.Commits[1].Object)], []).Encode()!; break;
            case "no proof": proof = []; break;
            default: proof = "{\"version\":1,\"commits\":[{\"path\":\"\",\"commit\":null}]}"u8.ToArray(); break;
        }

        Assert.False(_git.Verify(source, directory, proof, Stop));
    }

    [Fact]
    public async Task A_submodule_sorts_as_git_has_it_and_may_be_left_out()
    {
        Repository inner = New("inner", "sha1");
        inner.Commit(("in.txt", "in\n"));
        Repository repository = New("library", "sha1");
        repository.Commit(("a.txt", "a\n"), ("a-b", "-\n"), ("a0", "0\n"));
        repository.In("submodule", "add", "--quiet", "../inner", "a");
        string commit = repository.Commit();

        foreach (string submodules in (string[])["true", "false"])
        {
            (string directory, byte[] proof, SourceDeclaration source) = await StageAsync(repository, commit, submodules);
            Assert.True(_git.Verify(source, directory, proof, Stop));
            Assert.Equal(submodules == "true", File.Exists(Path.Combine(directory, "a/in.txt")));
        }
    }

    [Fact]
    public async Task A_submodule_that_nothing_names_stays_empty_and_is_verified_so()
    {
        Repository repository = New("library", "sha1");
        string first = repository.Commit(("a.txt", "a\n"));
        repository.In("update-index", "--add", "--cacheinfo", $"160000,{first},gone");
        repository.In("commit", "--quiet", "--message", "a link to nowhere");

        (string directory, byte[] proof, SourceDeclaration source) = await StageAsync(repository, repository.In("rev-parse", "HEAD").Trim());

        Assert.True(_git.Verify(source, directory, proof, Stop));
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(directory, "gone")).FullName, "evil.cs"), "");
        Assert.False(_git.Verify(source, directory, proof, Stop));
    }

    [Fact]
    public async Task A_message_that_is_not_utf8_is_kept_byte_for_byte()
    {
        Repository repository = New("library", "sha1");
        repository.Commit(("a.txt", "a\n"));
        File.WriteAllBytes(_folder.PathOf("message"), [0xE9, 0x74, 0xE9, (byte)'\r', (byte)'\n', 0xFF]);
        repository.In("-c", "i18n.commitEncoding=ISO-8859-1", "commit", "--quiet", "--allow-empty", "--cleanup=verbatim", "--file", _folder.PathOf("message"));

        (string directory, byte[] proof, SourceDeclaration source) = await StageAsync(repository, repository.In("rev-parse", "HEAD").Trim());

        Assert.True(_git.Verify(source, directory, proof, Stop));
    }

    private Repository New(string name, string format) => new(_folder.PathOf("repositories/" + name), format: format);

    private static void Mark(Repository repository)
    {
        File.WriteAllText(Path.Combine(repository.Path, "run.sh"), "#!/bin/sh\n");
        if (!OperatingSystem.IsWindows())
        {
            SetMode(Path.Combine(repository.Path, "run.sh"), isExecutable: true);
            File.CreateSymbolicLink(Path.Combine(repository.Path, "link"), "a.txt");
        }
    }

    private static void SetMode(string file, bool isExecutable)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | (isExecutable ? UnixFileMode.UserExecute : 0));
        }
    }

    private async Task<(string Directory, byte[] Proof, SourceDeclaration Source)> StageAsync(Repository repository, string commit, string submodules = "true")
    {
        var source = new SourceDeclaration("library", "git", "x:library") { Ref = commit, Options = new Dictionary<string, string> { ["submodules"] = submodules } };
        string directory = _folder.Folder($"staged-{Guid.NewGuid():n}");
        FetchedSource fetched = await _git.FetchAsync(source, repository.Url, directory, Stop);
        return (directory, fetched.Proof!.Value.ToArray(), source);
    }

    public void Dispose() => _folder.Dispose();
}
