using BuildCache.Sources.Git;

namespace BuildCache.Sources.Mirroring;

/// <summary>A bare repository in a mirror, with every ref of its origin and with what those were at before.</summary>
/// <remarks>
/// Nothing is ever deleted from it but refs: what the origin drops or moves away from is kept under <see cref="RefList.Kept"/>
/// before it happens here. Objects arrive before the refs that need them, so that one who reads meanwhile, and one who goes on after
/// a break, finds a repository that is whole.
/// </remarks>
/// <param name="source">The source, for messages.</param>
/// <param name="url">The address at the origin.</param>
/// <param name="directory">Full path of the repository.</param>
/// <param name="isFromUser">Whether the user named the address, and not something that was fetched.</param>
internal sealed class MirroredRepository(SourceDeclaration source, string url, string directory, bool isFromUser)
{
    // One pack for each time: of loose objects, a reader over plain HTTP would ask for each by itself. And nobody tidies up.
    private static readonly string[] s_settings =
        ["-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "fetch.unpackLimit=1", "-c", "transfer.unpackLimit=1", "-c", "fetch.writeCommitGraph=false"];

    private readonly GitCommand _remote = new(source, url) { IsFromUser = isFromUser };
    private readonly LocalRepository _local = new(source, directory);
    private readonly RepositoryFiles _files = new(directory);

    /// <summary>Brings the repository to what its origin has. When that is what it had, this costs one question to the origin.</summary>
    /// <param name="report">What is known of the source so far.</param>
    /// <param name="cancellationToken">Stops; the repository can then be used as before.</param>
    /// <exception cref="BuildCacheException">The origin or git failed; the repository can then be used as before.</exception>
    public async ValueTask<MirroredSource> SyncAsync(MirroredSource report, CancellationToken cancellationToken)
    {
        // Of the second version of the protocol, this would be two questions.
        RefList remote = RefList.Parse(await _remote.RunAsync(["-c", "protocol.version=0", "ls-remote", "--quiet", "--symref", "--", _remote.Address], cancellationToken)).OfOrigin();
        bool isNew = !File.Exists(Path.Combine(directory, "config"));
        if (isNew)
        {
            await _local.InitialiseAsync(remote, cancellationToken);
        }

        _files.RemoveLeftovers();
        long before = _files.Bytes();
        RefList had = await _local.ListAsync(cancellationToken);
        bool changes = !had.OfOrigin().Equals(remote);
        if (changes)
        {
            await _local.KeepAsync(had, remote, cancellationToken);
            await FetchAsync(["--prune"], ["+refs/*:refs/*", $"^{RefList.Own}*"], cancellationToken);
            // It may have moved on since it was asked.
            RefList now = await _local.ListAsync(cancellationToken);
            await _local.KeepAsync(had, now, cancellationToken);
            await _local.ForgetHeldAsync(now, cancellationToken);
        }

        RefList has = changes ? await _local.ListAsync(cancellationToken) : had;

        await _local.PointHeadAsync(remote, cancellationToken);
        await PublishAsync(has, cancellationToken);
        long bytes = _files.Bytes();
        return Counted(report, had.OfOrigin(), has.OfOrigin()) with { Kept = has.KeptObjects().Count, Bytes = bytes, NewBytes = isNew ? bytes : bytes - before };
    }

    /// <summary>What the repository has, of an origin that could not be asked.</summary>
    public async ValueTask<MirroredSource> DescribeAsync(MirroredSource report, CancellationToken cancellationToken)
    {
        if (!MirrorFolder.IsRepository(directory))
        {
            return report;
        }

        RefList has = await _local.ListAsync(cancellationToken);
        return report with { Refs = has.OfOrigin().Refs.Count, Kept = has.KeptObjects().Count, Bytes = _files.Bytes() };
    }

    /// <summary>Makes sure that a commit is there and held, and asks the origin for it by its name if no branch has it.</summary>
    /// <returns>Whether it is there.</returns>
    public async ValueTask<bool> HoldAsync(string commit, CancellationToken cancellationToken)
    {
        if (!MirrorFolder.IsRepository(directory))
        {
            return false;
        }

        bool isThere = await _local.HasAsync(commit, cancellationToken);
        if (isThere && await _local.IsHeldAsync(commit, cancellationToken))
        {
            return true;
        }

        try
        {
            if (!isThere)
            {
                await FetchAsync([], [commit], cancellationToken);
            }
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.RefNotFound || error.Id == ErrorId.SourceUnavailable || error.Id == ErrorId.SourceAccessDenied)
        {
            // The caller says that it is not there.
            return false;
        }

        await _local.HoldAsync([commit], cancellationToken);
        await PublishAsync(await _local.ListAsync(cancellationToken), cancellationToken);
        return true;
    }

    /// <summary>The submodules of a commit, by their paths: address as the commit names it, and commit.</summary>
    public ValueTask<IReadOnlyList<(string Path, string Url, string Commit)>> SubmodulesAsync(string commit, CancellationToken cancellationToken) =>
        _local.SubmodulesAsync(commit, cancellationToken);

    private async ValueTask FetchAsync(IEnumerable<string> options, IEnumerable<string> refs, CancellationToken cancellationToken) => await _remote.RunAsync(
        [.. LocalRepository.Here(directory), .. s_settings, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-maintenance", .. options, "--", _remote.Address, .. refs],
        cancellationToken);

    /// <summary>Makes everything that is there known to readers over plain HTTP, if it is not.</summary>
    private async ValueTask PublishAsync(RefList has, CancellationToken cancellationToken)
    {
        if (!_files.IsPublished(has))
        {
            await _local.RunAsync(["pack-refs", "--all"], cancellationToken);
            // git writes the list of packs last; but it is what the refs need.
            _files.WritePackList();
            await _local.RunAsync(["update-server-info"], cancellationToken);
        }
    }

    private static MirroredSource Counted(MirroredSource report, RefList had, RefList has) => report with
    {
        Refs = has.Refs.Count,
        Added = has.Refs.Keys.Count(name => !had.Refs.ContainsKey(name)),
        Deleted = had.Refs.Keys.Count(name => !has.Refs.ContainsKey(name)),
        Moved = has.Refs.Count(entry => had.Refs.TryGetValue(entry.Key, out string? value) && value != entry.Value),
    };
}
