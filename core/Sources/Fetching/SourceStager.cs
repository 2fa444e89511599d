using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.Sources.Assets;
using BuildCache.Sources.Git;

namespace BuildCache.Sources.Fetching;

/// <summary>Puts sources at their refs into directories, from the nearest place that has them.</summary>
/// <remarks>
/// The order is BuildStream's: the source cache, near and far; the asset service; the mirrors; the origin. Only a place that says it
/// does not have a source is passed over in silence; one that fails is told of, and then the next is asked. What was had from farther
/// off is kept in the cache.
/// </remarks>
/// <param name="places">The addresses of each source.</param>
/// <param name="cache">The source cache, in any store, or none.</param>
/// <param name="assets">The asset service, or none.</param>
public sealed class SourceStager(SourcePlaces places, EntryCatalog? cache, AssetService? assets = null)
{
    private const string SavedName = "source";

    // Equal sources are equal trees, whenever and wherever they were fetched.
    private static readonly EntryDetails s_details = new("BuildCache sources") { Keeps = KeptProperties.None };

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
        if (target.Holds(key, cancellationToken))
        {
            return new StagedSource(source, directory, SourceOrigin.UpToDate, null, IsCached: false, IsPushed: false, notices) { Digest = target.Content(cancellationToken) };
        }

        CacheEntry? entry = await FindAsync(key, notices, cancellationToken);
        if (!target.IsEmpty && entry is not null && target.Content(cancellationToken) == entry.Paths[0].Digest)
        {
            return Done(SourceOrigin.UpToDate, null, isPushed: false, entry.Paths[0].Digest);
        }

        if (!target.IsEmpty && !replace && !target.IsUntouched(cancellationToken))
        {
            throw new BuildCacheException(ErrorId.DestinationNotEmpty, $"'{directory}' holds something else than the source {source} at {source.Ref}. Empty it, name another directory, or have it replaced.");
        }

        if (entry is not null && await RestoreAsync(entry, directory, notices, cancellationToken))
        {
            return Done(SourceOrigin.Cache, null, isPushed: false, entry.Paths[0].Digest);
        }

        var question = new AssetQuestion(source, kind, places.All(source.Url));
        using var staging = new Staging();
        string staged = staging.Add(directory);
        (SourceOrigin from, string? uri) = await FetchAsync(question, staged, notices, cancellationToken);
        entry = await SaveAsync(key, staged, notices, cancellationToken);
        bool isPushed = from != SourceOrigin.AssetService && Push && await PushAsync(question, staged, tracked, notices, cancellationToken);
        Digest? content = entry?.Paths[0].Digest ?? StagedDirectory.DigestOf(staged, null, cancellationToken);
        staging.Commit();
        return Done(from, uri is null ? null : GitUrl.WithoutSecrets(uri), isPushed, content);

        StagedSource Done(SourceOrigin from, string? uri, bool isPushed, Digest? content)
        {
            if (content is { } known)
            {
                target.Remember(key, known);
            }

            return new StagedSource(source, directory, from, uri, IsCached: entry is not null, isPushed, notices) { Digest = content };
        }
    }

    private async ValueTask<CacheEntry?> FindAsync(CacheKey key, List<string> notices, CancellationToken cancellationToken)
    {
        if (cache is null)
        {
            return null;
        }

        try
        {
            CacheEntry? entry = (await cache.FindAsync(key, cancellationToken: cancellationToken)).Entry;
            return entry is { Paths: [{ IsDirectory: true }] } ? entry : null;
        }
        catch (BuildCacheException error) when (error.IsStoreFailure)
        {
            notices.Add(error.Message);
            return null;
        }
    }

    private async ValueTask<bool> RestoreAsync(CacheEntry entry, string directory, List<string> notices, CancellationToken cancellationToken)
    {
        try
        {
            await cache!.RestoreAsync(entry, _ => directory, cancellationToken: cancellationToken);
            return true;
        }
        catch (BuildCacheException error) when (error.IsStoreFailure || error.Id == ErrorId.BlobMissing || error.Id == ErrorId.BlobCorrupt)
        {
            notices.Add(error.Message);
            return false;
        }
    }

    private async ValueTask<(SourceOrigin From, string? Uri)> FetchAsync(AssetQuestion question, string staged, List<string> notices, CancellationToken cancellationToken)
    {
        if (assets is not null && await FetchFromServiceAsync(assets, question, staged, notices, cancellationToken))
        {
            return (SourceOrigin.AssetService, null);
        }

        BuildCacheException? last = null;
        foreach (SourcePlace place in places.ToFetch(question.Source.Url, FetchFrom))
        {
            try
            {
                Directory.CreateDirectory(staged);
                notices.AddRange(await question.Kind.FetchAsync(question.Source, place, places, FetchFrom, staged, cancellationToken));
                return (place.Mirror is null ? SourceOrigin.Origin : SourceOrigin.Mirror, place.Url);
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
                throw new BuildCacheException(ErrorId.SourceUnavailable, $"The source {question.Source} cannot be written to '{staged}': {error.Message} Check the free space and the permissions of its disk.", error);
            }
        }

        throw notices.Count < 2 ? last! : new BuildCacheException(last!.Id, $"No place has the source {question.Source}. {string.Join(" ", notices)}", last);
    }

    private static async ValueTask<bool> FetchFromServiceAsync(AssetService assets, AssetQuestion question, string staged, List<string> notices, CancellationToken cancellationToken)
    {
        try
        {
            return await assets.Directories.FetchAsync(question, staged, cancellationToken) is not null;
        }
        catch (BuildCacheException error)
        {
            notices.Add($"{error.Message} The next place is asked.");
            return false;
        }
    }

    private async ValueTask<CacheEntry?> SaveAsync(CacheKey key, string staged, List<string> notices, CancellationToken cancellationToken)
    {
        if (cache is null || !SavesToCache || !cache.Store.AcceptsWrites)
        {
            return null;
        }

        try
        {
            return (await cache.SaveAsync(key, [new PathToSave(SavedName, staged)], s_details, cancellationToken: cancellationToken)).Entry;
        }
        catch (BuildCacheException error)
        {
            notices.Add($"{error.Message} The source is staged all the same, and not cached.");
            return null;
        }
    }

    private async ValueTask<bool> PushAsync(AssetQuestion question, string staged, DateTimeOffset? tracked, List<string> notices, CancellationToken cancellationToken)
    {
        if (assets is null or { IsReadOnly: true })
        {
            return false;
        }

        try
        {
            await assets.Directories.PushAsync(question, staged, tracked, cancellationToken);
            return true;
        }
        catch (BuildCacheException error)
        {
            notices.Add($"{error.Message} The source is staged all the same, and not published.");
            return false;
        }
    }
}
