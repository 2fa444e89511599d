using System.Text;
using BuildCache.Files;

namespace BuildCache.Sources.Git;

/// <summary>Stages the trees of a commit and of its submodules.</summary>
/// <param name="source">The source that they belong to.</param>
/// <param name="withSubmodules">Whether submodules are staged too.</param>
internal sealed class GitCheckout(SourceDeclaration source, bool withSubmodules)
{
    // A repository that has itself as a submodule has no end, and a small one may name millions.
    private const int DeepestSubmodule = 10;
    private const int MostSubmodules = 500;
    private const long LargestPointer = 1024;
    private const int DigitsOfSha256 = 64;

    // Every byte as the commit has it: no line ends of another system, no filter, no keyword. So the files can be verified against the
    // commit, on every machine alike, and no program that a filter names runs. This file of git's counts before all other attributes.
    private const string NoConversion = "* -text !eol !crlf !ident !filter !working-tree-encoding\n";

    private static readonly string[] s_asCommitted = ["-c", "core.symlinks=true", "-c", "core.fileMode=true", "-c", "core.attributesFile="];

    private readonly List<string> _notices = [];
    private readonly List<ProvenCommit> _commits = [];
    private readonly List<string> _executables = [];
    private int _submodules;

    /// <summary>What the caller should hear of.</summary>
    public IReadOnlyList<string> Notices => _notices;

    /// <summary>What shows that the staged files are those of the commits.</summary>
    public CommitProof Proof => new(_commits, OperatingSystem.IsWindows() ? _executables : []);

    /// <summary>The places to ask for a submodule, by its address at the origin; without it, that address.</summary>
    public Func<string, IReadOnlyList<SourcePlace>> PlacesOf { get; init; } = address => [new SourcePlace(address, null)];

    /// <summary>Stages a commit.</summary>
    /// <param name="url">The repository.</param>
    /// <param name="origin">Its address at the origin, to which the addresses of submodules are relative.</param>
    /// <param name="commit">The commit.</param>
    /// <param name="directory">Where to.</param>
    /// <param name="cancellationToken">Stops.</param>
    public ValueTask StageAsync(string url, string origin, string commit, string directory, CancellationToken cancellationToken) =>
        StageAsync(new GitCommand(source, url), origin, commit, directory, "", 0, cancellationToken);

    private async ValueTask StageAsync(GitCommand git, string origin, string commit, string directory, string path, int depth, CancellationToken cancellationToken)
    {
        string repository = Directory.CreateTempSubdirectory("buildcache-git-").FullName;
        try
        {
            // Nothing runs in it, so it needs no hooks, neither git's samples nor the user's.
            await git.RunAsync(["init", "--quiet", "--bare", "--template=", $"--object-format={(commit.Length == DigitsOfSha256 ? "sha256" : "sha1")}", "--", repository], cancellationToken);
            await File.WriteAllTextAsync(Path.Combine(Directory.CreateDirectory(Path.Combine(repository, "info")).FullName, "attributes"), NoConversion, cancellationToken);
            await new GitFetch(source, git, repository).FetchAsync(commit, cancellationToken);
            string[] here = ["--git-dir", repository, "--work-tree", directory];
            await git.RunAsync([.. here, "read-tree", commit], cancellationToken);
            await git.RunAsync([.. s_asCommitted, .. here, "-C", directory, "checkout-index", "--all", "--force"], cancellationToken);
            (_, string content, _) = await git.TryRunAsync([.. here, "cat-file", "commit", commit], cancellationToken, encoding: Encoding.Latin1);
            _commits.Add(new ProvenCommit(path, commit, Encoding.Latin1.GetBytes(content)));
            IReadOnlyList<(string Mode, string Object, string Path)> entries = GitModules.Entries(await git.RunAsync([.. here, "ls-tree", "-r", "-z", "--full-tree", commit], cancellationToken));
            _executables.AddRange(entries.Where(entry => entry.Mode == GitModules.Executable).Select(entry => Below(path, entry.Path)));
            if (Pointers(directory, entries) is > 0 and int pointers)
            {
                _notices.Add($"{pointers:N0} files of the source {source} are pointers of LFS; their content is not fetched.");
            }

            await StageSubmodulesAsync(git, origin, directory, path, entries, depth, cancellationToken);
        }
        finally
        {
            DirectoryRemoval.TryRemove(repository);
        }
    }

    private async ValueTask StageSubmodulesAsync(
        GitCommand git, string origin, string directory, string above, IReadOnlyList<(string Mode, string Object, string Path)> entries, int depth, CancellationToken cancellationToken)
    {
        List<(string Mode, string Object, string Path)> links = [.. entries.Where(entry => entry.Mode == GitModules.Gitlink)];
        if (links.Count == 0)
        {
            return;
        }

        if (!withSubmodules)
        {
            _commits.AddRange(links.Select(link => new ProvenCommit(Below(above, link.Path), link.Object, null)));
            return;
        }

        if (depth >= DeepestSubmodule)
        {
            throw new BuildCacheException(ErrorId.InvalidSource, $"The source {source} has submodules more than {DeepestSubmodule} deep. Say \"submodules\": false to leave them out.");
        }

        _submodules += links.Count;
        if (_submodules > MostSubmodules)
        {
            throw new BuildCacheException(ErrorId.InvalidSource, $"The source {source} has more than {MostSubmodules} submodules, with those of its submodules. Say \"submodules\": false to leave them out.");
        }

        Dictionary<string, string> urls = await SubmoduleUrlsAsync(directory, git, cancellationToken);
        foreach ((_, string commit, string path) in links)
        {
            if (!urls.TryGetValue(path, out string? submodule))
            {
                _notices.Add($"'{path}' of the source {source} is a submodule that its .gitmodules does not name; it stays empty.");
                _commits.Add(new ProvenCommit(Below(above, path), commit, null));
                continue;
            }

            string place = Path.Combine(directory, path);
            RefuseLinks(directory, path);
            Directory.CreateDirectory(place);
            await StageSubmoduleAsync(GitUrl.OfSubmodule(origin, submodule), GitUrl.IsLocal(origin), commit, place, Below(above, path), depth + 1, cancellationToken);
        }
    }

    private async ValueTask StageSubmoduleAsync(string origin, bool isOfLocal, string commit, string directory, string path, int depth, CancellationToken cancellationToken)
    {
        BuildCacheException? last = null;
        (int commits, int executables, int submodules, int notices) = (_commits.Count, _executables.Count, _submodules, _notices.Count);
        foreach (SourcePlace place in PlacesOf(origin))
        {
            try
            {
                // As git does it: what a repository names may not make this machine read its own files, unless it is one of them.
                // A mirror was named by the user.
                var git = new GitCommand(source, place.Url) { IsFromUser = isOfLocal || place.Mirror is not null };
                await StageAsync(git, origin, commit, directory, path, depth, cancellationToken);
                return;
            }
            catch (BuildCacheException error) when (error.Id == ErrorId.RefNotFound || error.Id == ErrorId.SourceAccessDenied || error.Id == ErrorId.SourceUnavailable)
            {
                last = error;
                _commits.RemoveRange(commits, _commits.Count - commits);
                _executables.RemoveRange(executables, _executables.Count - executables);
                _notices.RemoveRange(notices, _notices.Count - notices);
                _submodules = submodules;
            }
        }

        throw last!;
    }

    private static string Below(string above, string path) => above.Length == 0 ? path : $"{above}/{path}";

    // git keeps its own files from passing through a link; the directory of a submodule is made here.
    private void RefuseLinks(string directory, string path)
    {
        for (string? above = path; !string.IsNullOrEmpty(above); above = Path.GetDirectoryName(above))
        {
            if (new FileInfo(Path.Combine(directory, above)).LinkTarget is not null)
            {
                throw new BuildCacheException(ErrorId.InvalidSource, $"The submodule '{path}' of the source {source} lies behind the link '{above}'. Such a repository cannot be staged safely.");
            }
        }
    }

    private static async ValueTask<Dictionary<string, string>> SubmoduleUrlsAsync(string directory, GitCommand git, CancellationToken cancellationToken)
    {
        string file = Path.Combine(directory, ".gitmodules");
        if (!File.Exists(file) || new FileInfo(file).LinkTarget is not null)
        {
            return [];
        }

        (int exitCode, string output, _) = await git.TryRunAsync(["config", "--file", file, "--null", "--list"], cancellationToken);
        return GitModules.UrlsOf(exitCode == 0 ? output : "");
    }

    private static int Pointers(string directory, IReadOnlyList<(string Mode, string Object, string Path)> entries)
    {
        ReadOnlySpan<byte> first = "version https://git-lfs.github.com/spec/"u8;
        const string Link = "120000";
        int count = 0;
        byte[] start = new byte[first.Length];
        foreach ((string mode, _, string path) in entries)
        {
            var file = new FileInfo(Path.Combine(directory, path));
            if (mode is Link or GitModules.Gitlink || !file.Exists || file.Length > LargestPointer || file.Length < start.Length)
            {
                continue;
            }

            using FileStream content = file.OpenRead();
            content.ReadExactly(start);
            count += start.AsSpan().SequenceEqual(first) ? 1 : 0;
        }

        return count;
    }
}
