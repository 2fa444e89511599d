using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.Sources.Archives;
using BuildCache.Sources.Assets;
using BuildCache.Sources.Git;

namespace BuildCache.Sources.Fetching;

/// <summary>Puts sources at their refs into directories, from the nearest place that has them.</summary>
/// <remarks>
/// The order is BuildStream's: the source cache, near and far; the asset service; the mirrors; the origin. Only a place that says it
/// does not have a source is passed over in silence; one that fails is told of, and then the next is asked. What was had from farther
/// off is kept in the cache, if it was verified by the ref.
/// </remarks>
/// <param name="places">The addresses of each source.</param>
/// <param name="cache">The source cache, in any store, or none.</param>
/// <param name="assets">The asset service, or none.</param>
public sealed class SourceStager(SourcePlaces places, EntryCatalog? cache, AssetService? assets = null)
{
    /// <summary>Which places are asked, besides the cache.</summary>
    public PlacePolicy FetchFrom { get; init; } = PlacePolicy.All;

    /// <summary>Whether the asset service is told of what came from a mirror or the origin.</summary>
    public bool Push { get; init; }

    /// <summary>Whether the cache is written.</summary>
    public bool SavesToCache { get; init; } = true;

    /// <summary>Full path of the directory that says what was staged where, or none.</summary>
    public string? Records { get; init; }

    /// <summary>Remembers the digests of staged files, or none.</summary>
    public HashMemory? Memory { get; init; } = cache?.Memory;

    /// <summary>Stages a source.</summary>
    /// <param name="source">The source, with its ref.</param>
    /// <param name="directory">Full path of the directory that is to hold it.</param>
    /// <param name="replace">Whether what stands there gives way if it is something else. With <see cref="Records"/>, what was staged there and not touched since always does.</param>
    /// <param name="tracked">When the ref was read at the origin, if it was now; the asset service is told.</param>
    /// <param name="cancellationToken">Stops; the directory is then as it was.</param>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.DestinationNotEmpty"/>: something else stands there. Otherwise what the last place said; the directory is then as it was.
    /// </exception>
    public async ValueTask<StagedSource> StageAsync(
        SourceDeclaration source, string directory, bool replace = false, DateTimeOffset? tracked = null, CancellationToken cancellationToken = default)
    {
        try
        {
            using StagedDirectory target = await StagedDirectory.OpenAsync(directory, Records, Memory, cancellationToken);
            StagedSource staged = await StageAsync(source, target, directory, replace, tracked, cancellationToken);
            return staged with { Source = source.WithoutSecrets() };
        }
        catch (BuildCacheException error)
        {
            throw source.About(error);
        }
    }

    private async ValueTask<StagedSource> StageAsync(
        SourceDeclaration source, StagedDirectory target, string directory, bool replace, DateTimeOffset? tracked, CancellationToken cancellationToken)
    {
        ISourceKind kind = SourceKinds.Of(source);
        CacheKey key = SourceKey.Of(source, kind);
        List<string> notices = [];
        if (target.Holds(key, assets?.Name, cancellationToken))
        {
            return new StagedSource(source, directory, SourceOrigin.UpToDate, null, IsCached: false, IsPushed: false, notices) { Digest = target.Content(cancellationToken) };
        }

        var cached = new CachedContent(cache, source, kind, places.Aliases.Expand(source.Url), notices);
        await cached.FindAsync(cancellationToken);
        if (!target.IsEmpty)
        {
            bool givesWay = replace || target.IsUntouched(cancellationToken);
            if ((!kind.IsFile || !givesWay) && await cached.IsInAsync(directory, () => target.Content(cancellationToken), cancellationToken))
            {
                target.Remember(key, null, target.Content(cancellationToken));
                return new StagedSource(source, directory, SourceOrigin.UpToDate, null, IsCached: true, IsPushed: false, notices) { Digest = target.Content(cancellationToken) };
            }

            if (!givesWay)
            {
                throw new BuildCacheException(ErrorId.DestinationNotEmpty, $"'{directory}' holds something else than the source {source} at {source.Ref}. Empty it, name another directory, or have it replaced.");
            }
        }

        using var staging = new Staging();
        string staged = staging.Add(directory);
        using var download = new DownloadedFile(staged);
        SourceArrival arrival = await ArriveAsync(source, kind, cached, staged, notices, cancellationToken);
        bool isPushed = arrival is { IsVerified: true, Address: not null } && Push && await PushAsync(source, kind, arrival, staged, tracked, notices, cancellationToken);
        Digest? content = cached.Tree ?? StagedDirectory.DigestOf(staged, null, cancellationToken);
        staging.Commit();
        target.Remember(key, arrival.IsVerified ? null : assets?.Name, content);
        return new StagedSource(source, directory, arrival.From, arrival.Address is null ? null : GitUrl.WithoutSecrets(arrival.Address), arrival.IsCached, isPushed, notices)
        {
            Digest = content,
            IsVerified = arrival.IsVerified,
        };
    }

    /// <summary>Puts the content of a source into a directory that is not there yet, to be published.</summary>
    /// <param name="source">The source, with its ref.</param>
    /// <param name="staged">Full path of the directory. The file that it is made from may lie beside it; the caller removes it.</param>
    /// <param name="natively">Whether neither the cache nor the service will do.</param>
    /// <param name="notices">Takes what the caller should hear of.</param>
    /// <param name="cancellationToken">Stops.</param>
    internal async ValueTask<SourceArrival> ArriveAsync(SourceDeclaration source, string staged, bool natively, List<string> notices, CancellationToken cancellationToken)
    {
        ISourceKind kind = SourceKinds.Of(source);
        var cached = new CachedContent(natively ? null : cache, source, kind, places.Aliases.Expand(source.Url), notices);
        await cached.FindAsync(cancellationToken);
        return natively ? await FetchNativelyAsync(source, kind, staged, notices, cancellationToken)
            : await ArriveAsync(source, kind, cached, staged, notices, cancellationToken);
    }

    private async ValueTask<SourceArrival> ArriveAsync(
        SourceDeclaration source, ISourceKind kind, CachedContent cached, string staged, List<string> notices, CancellationToken cancellationToken)
    {
        if (await cached.RestoreAsync(staged, cancellationToken) is { } restored)
        {
            return new SourceArrival(SourceOrigin.Cache, null, IsVerified: true, restored) { IsCached = true };
        }

        SourceArrival arrival = assets is not null && await FetchFromServiceAsync(assets, source, kind, staged, notices, cancellationToken) is { } told ? told
            : await FetchNativelyAsync(source, kind, staged, notices, cancellationToken);
        return arrival with { IsCached = arrival.IsVerified && SavesToCache && await cached.SaveAsync(staged, arrival.Content, cancellationToken) };
    }

    private async ValueTask<SourceArrival> FetchNativelyAsync(SourceDeclaration source, ISourceKind kind, string staged, List<string> notices, CancellationToken cancellationToken)
    {
        BuildCacheException? last = null;
        foreach (SourcePlace place in places.ToFetch(source.Url, FetchFrom))
        {
            try
            {
                Directory.CreateDirectory(staged);
                FetchedSource content = await kind.FetchAsync(source, place, places, FetchFrom, staged, cancellationToken);
                notices.AddRange(content.Notices);
                return new SourceArrival(place.Mirror is null ? SourceOrigin.Origin : SourceOrigin.Mirror, place.Url, IsProven(source, kind, staged, content, notices, cancellationToken), content);
            }
            catch (BuildCacheException error) when (error.Id == ErrorId.RefNotFound || error.Id == ErrorId.SourceAccessDenied
                || error.Id == ErrorId.SourceUnavailable || error.Id == ErrorId.ChecksumDiffers)
            {
                // The next place may have what this one has not, or has wrong.
                notices.Add(error.Message);
                last = error;
                DirectoryRemoval.Remove(staged);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new BuildCacheException(ErrorId.SourceUnavailable, $"The source {source} cannot be written to '{staged}': {error.Message} Check the free space and the permissions of its disk.", error);
            }
        }

        throw notices.Count < 2 ? last! : new BuildCacheException(last!.Id, $"No place has the source {source}. {string.Join(" ", notices)}", last);
    }

    // git has verified what it fetched; but others can only take what they can verify themselves.
    private static bool IsProven(SourceDeclaration source, ISourceKind kind, string staged, FetchedSource content, List<string> notices, CancellationToken cancellationToken)
    {
        if (kind.IsFile || content.Proof is { } proof && kind.Verify(source, staged, proof, cancellationToken))
        {
            return true;
        }

        notices.Add($"The files of the source {source} on this file system are not exactly those of {source.Ref}, as where a system has no links or takes two names for one. So it is neither cached nor published.");
        return false;
    }

    private async ValueTask<SourceArrival?> FetchFromServiceAsync(
        AssetService assets, SourceDeclaration source, ISourceKind kind, string staged, List<string> notices, CancellationToken cancellationToken)
    {
        if (places.All(source.Url) is not { Count: > 0 } uris)
        {
            return null;
        }

        var question = new AssetQuestion(source, kind, uris);
        try
        {
            if (kind.IsFile)
            {
                string file = staged + FileSource.DownloadSuffix;
                if (!await assets.Directories.FetchFileAsync(question, file, cancellationToken))
                {
                    return null;
                }

                Directory.CreateDirectory(staged);
                file = await kind.UnpackAsync(source, places.Aliases.Expand(source.Url), file, staged, cancellationToken);
                return new SourceArrival(SourceOrigin.AssetService, null, IsVerified: true, new FetchedSource([], null, file));
            }

            if (await assets.Directories.FetchAsync(question, staged, cancellationToken) is null)
            {
                return null;
            }

            byte[]? proof = await assets.Directories.FetchProofAsync(question, cancellationToken);
            if (proof is null)
            {
                notices.Add($"{assets.Name} does not show that what it has for the source {source} is the content of {source.Ref}. It is used as the service says, and neither cached nor published. Publish the source there from a client that can reach it.");
                return new SourceArrival(SourceOrigin.AssetService, null, IsVerified: false, new FetchedSource([]));
            }

            if (kind.Verify(source, staged, proof, cancellationToken))
            {
                return new SourceArrival(SourceOrigin.AssetService, null, IsVerified: true, new FetchedSource([], proof));
            }

            notices.Add($"What {assets.Name} has for the source {source} is not the content of {source.Ref}. It is not used; the next place is asked. Publish the source there again.");
        }
        catch (BuildCacheException error)
        {
            notices.Add($"{error.Message} The next place is asked.");
        }

        DirectoryRemoval.Remove(staged);
        return null;
    }

    private async ValueTask<bool> PushAsync(
        SourceDeclaration source, ISourceKind kind, SourceArrival arrival, string staged, DateTimeOffset? tracked, List<string> notices, CancellationToken cancellationToken)
    {
        // What lies on this machine is nobody else's, unless somebody publishes it on purpose from where others can reach it.
        if (assets is null or { IsReadOnly: true } || GitUrl.IsLocal(arrival.Address!))
        {
            return false;
        }

        try
        {
            // The one address that the content came from: of no other is it known that it has it.
            await assets.Directories.PushAsync(new AssetQuestion(source, kind, [arrival.Address!]), staged, arrival.Content, tracked, cancellationToken);
            return true;
        }
        catch (BuildCacheException error)
        {
            notices.Add($"{error.Message} The source is staged all the same, and not published.");
            return false;
        }
    }
}

/// <summary>Content that came from somewhere.</summary>
/// <param name="From">Where from.</param>
/// <param name="Address">The address, when it came from a mirror or the origin.</param>
/// <param name="IsVerified">Whether it was compared with the ref in a way that others can repeat.</param>
/// <param name="Content">What came with it.</param>
internal sealed record SourceArrival(SourceOrigin From, string? Address, bool IsVerified, FetchedSource Content)
{
    /// <summary>Whether the source cache is known to have it.</summary>
    public bool IsCached { get; init; }
}
