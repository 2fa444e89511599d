using BuildCache.Files;

namespace BuildCache.Sources.Git;

/// <summary>Stages the trees of a commit and of its submodules.</summary>
/// <param name="source">The source that they belong to.</param>
/// <param name="withSubmodules">Whether submodules are staged too.</param>
internal sealed class GitCheckout(SourceDeclaration source, bool withSubmodules)
{
    // A repository that has itself as a submodule has no end.
    private const int DeepestSubmodule = 10;
    private const long LargestPointer = 1024;

    // Line ends and filters by the commit's own attributes alone; modes and links as the commit has them.
    private static readonly string[] s_asCommitted =
    [
        "-c", "core.autocrlf=false", "-c", "core.eol=lf", "-c", "core.symlinks=true", "-c", "core.fileMode=true", "-c", "core.attributesFile=",
        "-c", "filter.lfs.smudge=", "-c", "filter.lfs.process=", "-c", "filter.lfs.required=false",
    ];

    private readonly List<string> _notices = [];

    /// <summary>What the caller should hear of.</summary>
    public IReadOnlyList<string> Notices => _notices;

    /// <summary>The places to ask for a submodule, by its address at the origin; without it, that address.</summary>
    public Func<string, IReadOnlyList<SourcePlace>> PlacesOf { get; init; } = address => [new SourcePlace(address, null)];

    /// <summary>Stages a commit.</summary>
    /// <param name="url">The repository.</param>
    /// <param name="origin">Its address at the origin, to which the addresses of submodules are relative.</param>
    /// <param name="commit">The commit.</param>
    /// <param name="directory">Where to.</param>
    /// <param name="cancellationToken">Stops.</param>
    public ValueTask StageAsync(string url, string origin, string commit, string directory, CancellationToken cancellationToken) =>
        StageAsync(new GitCommand(source, url), url, origin, commit, directory, 0, cancellationToken);

    private async ValueTask StageAsync(GitCommand git, string url, string origin, string commit, string directory, int depth, CancellationToken cancellationToken)
    {
        string repository = Directory.CreateTempSubdirectory("buildcache-git-").FullName;
        try
        {
            // Nothing runs in it, so it needs no hooks, neither git's samples nor the user's.
            await git.RunAsync(["init", "--quiet", "--bare", "--template=", repository], cancellationToken);
            await FetchAsync(git, repository, url, commit, cancellationToken);
            string[] here = ["--git-dir", repository, "--work-tree", directory];
            await git.RunAsync([.. here, "read-tree", commit], cancellationToken);
            await git.RunAsync([.. s_asCommitted, .. here, "-C", directory, "checkout-index", "--all", "--force"], cancellationToken);
            IReadOnlyList<(string Mode, string Object, string Path)> entries = GitModules.Entries(await git.RunAsync([.. here, "ls-tree", "-r", "-z", "--full-tree", commit], cancellationToken));
            if (Pointers(directory, entries) is > 0 and int pointers)
            {
                _notices.Add($"{pointers:N0} files of the source {source} are pointers of LFS; their content is not fetched.");
            }

            if (withSubmodules)
            {
                await StageSubmodulesAsync(git, origin, directory, entries, depth, cancellationToken);
            }
        }
        finally
        {
            DirectoryRemoval.TryRemove(repository);
        }
    }

    private async ValueTask FetchAsync(GitCommand git, string repository, string url, string commit, CancellationToken cancellationToken)
    {
        string[] fetch = ["--git-dir", repository, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head"];
        (int exitCode, _, string errors) = await git.TryRunAsync([.. fetch, "--depth=1", "--", url, commit], cancellationToken);
        if (exitCode == 0)
        {
            return;
        }

        // A server may give only what its branches have, and plain files behind a web server give only everything.
        if (git.Failure(errors).Id == ErrorId.RefNotFound || errors.Contains("shallow", StringComparison.Ordinal))
        {
            await git.RunAsync([.. fetch, "--", url, "+refs/*:refs/*"], cancellationToken);
            if ((await git.TryRunAsync(["--git-dir", repository, "cat-file", "-e", commit + "^{commit}"], cancellationToken)).ExitCode == 0)
            {
                return;
            }

            throw new BuildCacheException(ErrorId.RefNotFound, $"'{GitUrl.WithoutSecrets(url)}' has no commit {commit}, which the source {source} is at. Nobody may hold it any more; track the source anew, or ask another place.");
        }

        throw git.Failure(errors);
    }

    private async ValueTask StageSubmodulesAsync(
        GitCommand git, string origin, string directory, IReadOnlyList<(string Mode, string Object, string Path)> entries, int depth, CancellationToken cancellationToken)
    {
        List<(string Mode, string Object, string Path)> links = [.. entries.Where(entry => entry.Mode == GitModules.Gitlink)];
        if (links.Count == 0)
        {
            return;
        }

        if (depth >= DeepestSubmodule)
        {
            throw new BuildCacheException(ErrorId.InvalidSource, $"The source {source} has submodules more than {DeepestSubmodule} deep. Say \"submodules\": false to leave them out.");
        }

        Dictionary<string, string> urls = await SubmoduleUrlsAsync(directory, git, cancellationToken);
        foreach ((_, string commit, string path) in links)
        {
            if (!urls.TryGetValue(path, out string? submodule))
            {
                _notices.Add($"'{path}' of the source {source} is a submodule that its .gitmodules does not name; it stays empty.");
                continue;
            }

            string place = Path.Combine(directory, path);
            RefuseLinks(directory, path);
            Directory.CreateDirectory(place);
            await StageSubmoduleAsync(GitUrl.OfSubmodule(origin, submodule), GitUrl.IsLocal(origin), commit, place, depth + 1, cancellationToken);
        }
    }

    private async ValueTask StageSubmoduleAsync(string origin, bool isOfLocal, string commit, string directory, int depth, CancellationToken cancellationToken)
    {
        BuildCacheException? last = null;
        foreach (SourcePlace place in PlacesOf(origin))
        {
            try
            {
                // As git does it: what a repository names may not make this machine read its own files, unless it is one of them.
                // A mirror was named by the user.
                var git = new GitCommand(source, place.Url) { IsFromUser = isOfLocal || place.Mirror is not null };
                await StageAsync(git, place.Url, origin, commit, directory, depth, cancellationToken);
                return;
            }
            catch (BuildCacheException error) when (error.Id == ErrorId.RefNotFound || error.Id == ErrorId.SourceAccessDenied || error.Id == ErrorId.SourceUnavailable)
            {
                last = error;
            }
        }

        throw last!;
    }

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
