using System.Diagnostics;
using System.Text;
using BuildCache.Sources.Git;

namespace BuildCache.Tests.Sources.Git;

/// <summary>A real git repository with a work tree, in a folder of a test.</summary>
public sealed class Repository
{
    public Repository(string path, bool isThere = false, string format = "sha1")
    {
        Path = path;
        if (!isThere)
        {
            Git("init", "--quiet", "--initial-branch=main", "--object-format=" + format, path);
        }
    }

    public string Path { get; }

    /// <summary>The address for git.</summary>
    public string Url => "file://" + Path;

    /// <summary>Writes files and commits them.</summary>
    /// <returns>The commit.</returns>
    public string Commit(params (string Name, string Content)[] files)
    {
        foreach ((string name, string content) in files)
        {
            string file = System.IO.Path.Combine(Path, name);
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
            File.WriteAllText(file, content);
        }

        In("add", "--all");
        In("commit", "--quiet", "--allow-empty", "--message", "a change");
        return In("rev-parse", "HEAD").Trim();
    }

    /// <summary>What lets anybody verify the tree of a commit without submodules.</summary>
    public byte[] ProofOf(string commit) => new CommitProof([new ProvenCommit("", commit, Encoding.UTF8.GetBytes(In("cat-file", "commit", commit)))], []).Encode()!;

    /// <summary>Runs git in the work tree.</summary>
    public string In(params string[] arguments) => Git(["-C", Path, .. arguments]);

    /// <summary>Makes an object of what git reads.</summary>
    /// <returns>Its name.</returns>
    public string Make(string command, string input) => Run(input, "-C", Path, command).Trim();

    private static string Git(params string[] arguments) => Run("", arguments);

    private static string Run(string input, params string[] arguments)
    {
        var start = new ProcessStartInfo("git") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        string[] all = ["-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "protocol.file.allow=always", "-c", "advice.detachedHead=false", .. arguments];
        foreach (string argument in all)
        {
            start.ArgumentList.Add(argument);
        }

        using Process git = Process.Start(start)!;
        git.StandardInput.Write(input);
        git.StandardInput.Close();
        Task<string> errors = git.StandardError.ReadToEndAsync();
        string output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        Assert.True(git.ExitCode == 0, $"git {string.Join(' ', arguments)}: {errors.Result}");
        return output;
    }
}
