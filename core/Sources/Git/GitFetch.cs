namespace BuildCache.Sources.Git;

/// <summary>Gets one commit into a repository of ours.</summary>
/// <param name="source">What it is for.</param>
/// <param name="git">git, with the address to fetch from.</param>
/// <param name="repository">Full path of the bare repository.</param>
internal sealed class GitFetch(SourceDeclaration source, GitCommand git, string repository)
{
    // Faults in old commits that say nothing of their files, and that many repositories have.
    private static readonly string[] s_harmless =
    [
        "badDate", "badDateOverflow", "badEmail", "badName", "badTagName", "badTimezone", "missingEmail", "missingNameBeforeEmail", "missingSpaceBeforeDate",
        "missingSpaceBeforeEmail", "missingTaggerEntry", "multipleAuthors", "nulInCommit", "nullSha1", "zeroPaddedDate", "zeroPaddedFilemode",
    ];

    /// <summary>Fetches a commit. git computes the name of every object that it receives from the object itself.</summary>
    /// <exception cref="BuildCacheException">As of <see cref="GitCommand.RunAsync"/>; <see cref="ErrorId.InvalidSource"/>: git refuses its objects.</exception>
    public async ValueTask FetchAsync(string commit, CancellationToken cancellationToken)
    {
        string[] fetch =
        [
            "-c", "fetch.fsckObjects=true", .. s_harmless.SelectMany(fault => (string[])["-c", $"fetch.fsck.{fault}=ignore"]),
            "--git-dir", repository, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules",
        ];
        (int exitCode, _, string errors) = await git.TryRunAsync([.. fetch, "--depth=1", "--", git.Address, commit], cancellationToken);
        // A server may give only what its branches have, and plain files behind a web server give only everything.
        if (exitCode != 0 && (git.Failure(errors).Id == ErrorId.RefNotFound || errors.Contains("shallow", StringComparison.Ordinal)))
        {
            (exitCode, _, errors) = await git.TryRunAsync([.. fetch, "--", git.Address, "+refs/*:refs/*"], cancellationToken);
            if (exitCode == 0 && (await git.TryRunAsync(["--git-dir", repository, "cat-file", "-e", commit + "^{commit}"], cancellationToken)).ExitCode != 0)
            {
                throw new BuildCacheException(ErrorId.RefNotFound, $"'{GitUrl.WithoutSecrets(git.Address)}' has no commit {commit}, which the source {source} is at. Nobody may hold it any more; track the source anew, or ask another place.");
            }
        }

        if (exitCode != 0)
        {
            throw git.Failure(errors);
        }
    }
}
