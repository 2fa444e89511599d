using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Sources.Assets;
using BuildCache.Sources.Git;
using BuildCache.Sources.Tracking;

namespace BuildCache.Sources.Fetching;

/// <summary>Tells an asset service of sources at their refs, so that those who cannot reach the source have it.</summary>
/// <param name="places">The addresses of each source.</param>
/// <param name="stager">Gets the content: from the cache, from the service, which may know it by another branch, or from the source itself.</param>
/// <param name="assets">The asset service.</param>
public sealed class SourcePublisher(SourcePlaces places, SourceStager stager, AssetService assets)
{
    /// <summary>Stages a source in a temporary directory and publishes it, under the one address that is known to have it.</summary>
    /// <remarks>
    /// A service is asked by every address that a source has, and anybody may declare another repository as a mirror. So a ref is
    /// told only for the place that said it, or that gave the content; without such a place, the content is fetched from one.
    /// </remarks>
    /// <param name="source">The source, with its ref.</param>
    /// <param name="tracked">When the ref was read at a place: what the source tracks is then told too. Otherwise it is published under its ref alone.</param>
    /// <param name="address">The place that said the ref, without alias; <see langword="null"/> for none.</param>
    /// <param name="cancellationToken">Stops; nothing points to what was stored then.</param>
    /// <exception cref="BuildCacheException">
    /// The source cannot be had, or <see cref="ErrorId.UnsupportedByStore"/>: the service is only read, or takes no pushes; or the service failed.
    /// <see cref="ErrorId.InvalidSource"/>: it lies on this machine, or cannot be verified.
    /// </exception>
    public async ValueTask<PublishedSource> PublishAsync(SourceDeclaration source, DateTimeOffset? tracked, string? address = null, CancellationToken cancellationToken = default)
    {
        if (assets.IsReadOnly)
        {
            throw new BuildCacheException(ErrorId.UnsupportedByStore, $"The source {source} is not published: {assets.Name} is only read. Remove 'readonly=true' from its address, or publish where that is not set.");
        }

        RefuseLocal(source, address ?? places.Aliases.Expand(source.Url));
        string scratch = Directory.CreateTempSubdirectory("buildcache-publish-").FullName;
        try
        {
            List<string> notices = [];
            string staged = Path.Combine(scratch, "source");
            SourceArrival arrival = await stager.ArriveAsync(source, staged, natively: address is null, notices, cancellationToken);
            string from = address ?? arrival.Address!;
            RefuseLocal(source, from);
            if (!arrival.IsVerified)
            {
                throw new BuildCacheException(ErrorId.InvalidSource, $"The source {source} is not published: it cannot be shown that its content is that of {source.Ref}. {string.Join(" ", notices)}");
            }

            var question = new AssetQuestion(source, SourceKinds.Of(source), [from]);
            Digest digest = await assets.Directories.PushAsync(question, staged, arrival.Content, tracked, cancellationToken);
            return new PublishedSource(source.WithoutSecrets(), digest, arrival.From, tracked, notices);
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

    /// <summary>Publishes a source at the ref that a place of it said, under the address of that place.</summary>
    /// <param name="tracked">What was tracked, at the place itself.</param>
    /// <param name="asked">When.</param>
    /// <param name="cancellationToken">Stops; nothing points to what was stored then.</param>
    /// <exception cref="BuildCacheException">As for <see cref="PublishAsync(SourceDeclaration, DateTimeOffset?, string?, CancellationToken)"/>.</exception>
    public ValueTask<PublishedSource> PublishAsync(TrackedRef tracked, DateTimeOffset asked, CancellationToken cancellationToken = default) =>
        PublishAsync(tracked.Source with { Ref = tracked.Ref }, asked, tracked.Address, cancellationToken);

    /// <summary>The address of a source's place that is shown as <paramref name="shown"/>.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidSetting"/>: it has no such place.</exception>
    public string AddressOf(SourceDeclaration source, string shown) =>
        places.ToTrack(source.Url, PlacePolicy.All).Select(place => place.Url).FirstOrDefault(url => GitUrl.WithoutSecrets(url) == shown)
            ?? throw new BuildCacheException(ErrorId.InvalidSetting, $"'{shown}' is no place of the source {source}. Give the address that Resolve-SourceRef shows for it.");

    private static void RefuseLocal(SourceDeclaration source, string address)
    {
        if (GitUrl.IsLocal(address))
        {
            throw new BuildCacheException(ErrorId.InvalidSource, $"The source {source} is not published: it lies on this machine, in '{address}', where nobody else can look for it. Publish it from an address that others know.");
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
