using System.Collections.Concurrent;
using BuildCache.Sources.Git;

namespace BuildCache.Sources.Mirroring;

/// <summary>One synchronisation of a mirror in a folder.</summary>
/// <param name="folder">The mirror.</param>
/// <param name="aliases">The aliases.</param>
internal sealed class MirrorRun(MirrorFolder folder, SourceAliases aliases)
{
    // As many as wait for a server without being in each other's way.
    private const int MostAtOnce = 8;

    // A repository that has itself as a submodule has no end.
    private const int DeepestSubmodule = 10;

    private readonly ConcurrentDictionary<string, SemaphoreSlim> _gates = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, MirroredSource> _done = new(StringComparer.Ordinal);

    /// <summary>Synchronises sources.</summary>
    /// <returns>What became of each, in their order, and of each submodule behind the source that it belongs to.</returns>
    public async ValueTask<IReadOnlyList<MirroredSource>> SyncAsync(IReadOnlyList<SourceDeclaration> sources, CancellationToken cancellationToken)
    {
        var reports = new IReadOnlyList<MirroredSource>[sources.Count];
        await Parallel.ForAsync(0, sources.Count, new ParallelOptions { MaxDegreeOfParallelism = MostAtOnce, CancellationToken = cancellationToken },
            async (i, stop) => reports[i] = await SyncAsync(sources[i], stop));
        return [.. reports.SelectMany(report => report)];
    }

    private async ValueTask<IReadOnlyList<MirroredSource>> SyncAsync(SourceDeclaration source, CancellationToken cancellationToken)
    {
        var report = new MirroredSource(source.Name, source.Kind, GitUrl.WithoutSecrets(source.Url), "");
        try
        {
            ISourceKind kind = SourceKinds.Of(source);
            string url = aliases.Expand(source.Url);
            string place = MirrorPlace.Of(source, source.Url);
            report = report with { Path = place };
            if (kind is not GitSource)
            {
                return [await OneAtATimeAsync(place, () => new MirroredFile(folder, source, place).SyncAsync(url, report, cancellationToken), cancellationToken)];
            }

            string? commit = source.Ref is null ? null : GitSource.CommitOf(source);
            var repository = new Repository(source, url, place, report, IsFromUser: true);
            return await SyncAsync(repository, commit, GitSource.HasSubmodules(source) ? 0 : DeepestSubmodule + 1, cancellationToken);
        }
        catch (BuildCacheException error)
        {
            return [report with { Error = error }];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [report with { Error = new BuildCacheException(ErrorId.SourceUnavailable, $"The source {source} cannot be written to the mirror in '{folder.Root}': {error.Message} Check the free space and the permissions of its disk.", error) }];
        }
    }

    private async ValueTask<IReadOnlyList<MirroredSource>> SyncAsync(Repository wanted, string? commit, int depth, CancellationToken cancellationToken)
    {
        MirroredSource report = wanted.Report;
        var repository = new MirroredRepository(wanted.Source, wanted.Url, folder.PathOf(wanted.Place), wanted.IsFromUser);
        bool isThere = await OneAtATimeAsync(wanted.Place, async () =>
        {
            report = await SyncOnceAsync(repository, wanted, cancellationToken);
            return commit is not null && await repository.HoldAsync(commit, cancellationToken);
        }, cancellationToken);
        if (commit is null)
        {
            return [report with { IsComplete = report.Error is null }];
        }

        report = report with { Needed = [new MirroredRef(commit, isThere)], IsComplete = isThere };
        if (!isThere)
        {
            return [report with { Error = report.Error ?? new BuildCacheException(ErrorId.RefNotFound,
                $"'{GitUrl.WithoutSecrets(wanted.Url)}' has no commit {commit}, which the source {wanted.Source} is at, and neither has the mirror. Nobody may hold it any more; track the source anew.") }];
        }

        if (depth > DeepestSubmodule)
        {
            return [report];
        }

        List<MirroredSource> inner = await SyncSubmodulesAsync(repository, wanted, commit, depth + 1, cancellationToken);
        return inner.TrueForAll(submodule => submodule.IsComplete) ? [report, .. inner]
            : [report with { IsComplete = false, Notices = [.. report.Notices, "Not all of its submodules are in the mirror."] }, .. inner];
    }

    private async ValueTask<List<MirroredSource>> SyncSubmodulesAsync(MirroredRepository repository, Repository parent, string commit, int depth, CancellationToken cancellationToken)
    {
        List<MirroredSource> reports = [];
        foreach ((string path, string named, string at) in await repository.SubmodulesAsync(commit, cancellationToken))
        {
            string address = GitUrl.OfSubmodule(parent.Url, named);
            string? url = aliases.Contract(address) is [var best, ..] ? best : null;
            var report = new MirroredSource($"{parent.Report.Name}/{path}", "git", GitUrl.WithoutSecrets(url ?? address), "") { Needed = [new MirroredRef(at, false)] };
            try
            {
                if (url is null)
                {
                    throw new BuildCacheException(ErrorId.SourceNotMirrored, $"The submodule '{path}' of the source {parent.Source} comes from '{GitUrl.WithoutSecrets(address)}', which no alias stands for, so no mirror could be asked for it. Declare an alias for its address.");
                }

                string place = MirrorPlace.Of(parent.Source, url);
                report = report with { Path = place };
                var submodule = new Repository(parent.Source, address, place, report, GitUrl.IsLocal(parent.Url));
                reports.AddRange(await SyncAsync(submodule, at, depth, cancellationToken));
            }
            catch (BuildCacheException error)
            {
                reports.Add(report with { Error = error });
            }
        }

        return reports;
    }

    // Several sources may be of one repository.
    private async ValueTask<MirroredSource> SyncOnceAsync(MirroredRepository repository, Repository wanted, CancellationToken cancellationToken)
    {
        if (_done.TryGetValue(wanted.Place, out MirroredSource? done))
        {
            return done with { Name = wanted.Report.Name, Url = wanted.Report.Url };
        }

        folder.RefuseInsideRepository(wanted.Source, wanted.Place);
        MirroredSource report;
        try
        {
            report = await repository.SyncAsync(wanted.Report, cancellationToken);
        }
        catch (BuildCacheException error)
        {
            // What the project needs may be there all the same.
            report = await repository.DescribeAsync(wanted.Report, cancellationToken) with { Error = error };
        }

        return _done[wanted.Place] = report;
    }

    private async ValueTask<T> OneAtATimeAsync<T>(string place, Func<ValueTask<T>> action, CancellationToken cancellationToken)
    {
        SemaphoreSlim gate = _gates.GetOrAdd(place, _ => new SemaphoreSlim(1));
        await gate.WaitAsync(cancellationToken);
        try
        {
            return await action();
        }
        finally
        {
            gate.Release();
        }
    }

    private sealed record Repository(SourceDeclaration Source, string Url, string Place, MirroredSource Report, bool IsFromUser);
}
