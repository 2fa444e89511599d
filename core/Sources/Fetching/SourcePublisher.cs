using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Sources.Assets;

namespace BuildCache.Sources.Fetching;

/// <summary>Tells an asset service of sources at their refs, so that those who cannot reach the source have it.</summary>
/// <param name="places">The addresses of each source.</param>
/// <param name="stager">Gets the content: from the cache, from the service, which may know it by another branch, or from the source itself.</param>
/// <param name="assets">The asset service.</param>
public sealed class SourcePublisher(SourcePlaces places, SourceStager stager, AssetService assets)
{
    /// <summary>Stages a source in a temporary directory and publishes it.</summary>
    /// <param name="source">The source, with its ref.</param>
    /// <param name="tracked">When the ref was read at the origin: what the source tracks is then told too. Otherwise it is published under its ref alone.</param>
    /// <param name="cancellationToken">Stops; nothing points to what was stored then.</param>
    /// <exception cref="BuildCacheException">
    /// The source cannot be had, or <see cref="ErrorId.UnsupportedByStore"/>: the service is only read, or takes no pushes; or the service failed.
    /// </exception>
    public async ValueTask<PublishedSource> PublishAsync(SourceDeclaration source, DateTimeOffset? tracked, CancellationToken cancellationToken = default)
    {
        if (assets.IsReadOnly)
        {
            throw new BuildCacheException(ErrorId.UnsupportedByStore, $"The source {source} is not published: {assets.Name} is only read. Remove 'readonly=true' from its address, or publish where that is not set.");
        }

        string scratch = Directory.CreateTempSubdirectory("buildcache-publish-").FullName;
        try
        {
            StagedSource staged = await stager.StageAsync(source, Path.Combine(scratch, "source"), cancellationToken: cancellationToken);
            var question = new AssetQuestion(source, SourceKinds.Of(source), places.All(source.Url));
            Digest digest = await assets.Directories.PushAsync(question, staged.Directory, tracked, cancellationToken);
            return new PublishedSource(source.WithoutSecrets(), digest, staged.From, tracked, staged.Notices);
        }
        catch (BuildCacheException error)
        {
            throw source.About(error);
        }
        finally
        {
            DirectoryRemoval.TryRemove(scratch);
        }
    }
}

/// <summary>A source that an asset service was told of.</summary>
/// <param name="Source">The source.</param>
/// <param name="Digest">The digest of its content.</param>
/// <param name="From">Where the content came from.</param>
/// <param name="Tracked">When the ref was read at the origin, if the service was told what is tracked too.</param>
/// <param name="Notices">What else the caller should hear of, a sentence each.</param>
public sealed record PublishedSource(SourceDeclaration Source, Digest Digest, SourceOrigin From, DateTimeOffset? Tracked, IReadOnlyList<string> Notices)
{
    /// <summary>What the project calls it.</summary>
    public string Name => Source.Name;

    /// <summary>The ref that it is at.</summary>
    public string? Ref => Source.Ref;
}
