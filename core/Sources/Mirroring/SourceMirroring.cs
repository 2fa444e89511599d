using Amazon.Runtime;
using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Sources.Git;
using BuildCache.Stores.S3;

namespace BuildCache.Sources.Mirroring;

/// <summary>Keeps sources in their original formats in a place that any web server can serve, and proves that it has them.</summary>
/// <remarks><c>docs/mirrors.md</c> describes the layout and what interruptions do.</remarks>
/// <param name="aliases">The aliases; what lies below an alias in a mirror stands in for its address.</param>
public sealed class SourceMirroring(SourceAliases aliases)
{
    private const string MirrorName = "mirror";
    private const int MostAtOnce = 4;

    /// <summary>Who is let into a bucket; without it, whom the SDK finds where it usually looks.</summary>
    internal AWSCredentials? Credentials { get; init; }

    /// <summary>Where copies of mirrors in buckets are kept.</summary>
    internal string Copies { get; init; } = UserDirectories.Mirrors;

    /// <summary>Where the digests of files are remembered. The user's own: what lies beside the files anybody may have written.</summary>
    internal string Memories { get; init; } = UserDirectories.HashMemories;

    /// <summary>Brings a mirror to what the origins of sources have. What it has, it keeps.</summary>
    /// <param name="sources">The sources.</param>
    /// <param name="mirror">A folder, which is made if it is not there, or a prefix in a bucket as in <c>s3://bucket/prefix?region=…</c>.</param>
    /// <param name="cancellationToken">Stops; the mirror can then be used as before, and the next time goes on.</param>
    /// <returns>What became of each source, in their order, and of each submodule behind the source that it belongs to. What failed for one is in its <see cref="MirroredSource.Error"/>.</returns>
    /// <exception cref="BuildCacheException">The mirror itself cannot be used.</exception>
    public async ValueTask<IReadOnlyList<MirroredSource>> SyncAsync(IReadOnlyList<SourceDeclaration> sources, string mirror, CancellationToken cancellationToken = default)
    {
        var location = MirrorLocation.Parse(mirror);
        if (location.Address is not null)
        {
            throw new BuildCacheException(ErrorId.InvalidStoreUri, $"'{GitUrl.WithoutSecrets(mirror)}' is a web server, which nothing can be written to. Give the folder or the bucket that it serves.");
        }

        if (location.Bucket is not { } bucket)
        {
            using MirrorFolder folder = await MirrorFolder.OpenAsync(location.Folder!, Memories, cancellationToken);
            return await new MirrorRun(folder, aliases).SyncAsync(sources, cancellationToken);
        }

        using MirrorFolder copy = await MirrorFolder.OpenAsync(CopyOf(bucket), Memories, cancellationToken);
        using var objects = new S3Bucket(bucket, Credentials);
        var kept = new MirrorBucket(objects);
        await kept.TakeInAsync(copy, cancellationToken);
        IReadOnlyList<MirroredSource> reports = await new MirrorRun(copy, aliases).SyncAsync(sources, cancellationToken);
        await kept.GiveOutAsync(copy, cancellationToken);
        return reports;
    }

    /// <summary>Fetches sources from a mirror and from nowhere else, into a directory that is then deleted.</summary>
    /// <param name="sources">The sources, with their refs.</param>
    /// <param name="mirror">A folder, a prefix in a bucket, or the address of a web server that serves one.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>What became of each source, in their order.</returns>
    /// <exception cref="BuildCacheException">The mirror itself cannot be used.</exception>
    public async ValueTask<IReadOnlyList<TestedSource>> TestAsync(IReadOnlyList<SourceDeclaration> sources, string mirror, CancellationToken cancellationToken = default)
    {
        var location = MirrorLocation.Parse(mirror);
        string scratch = Directory.CreateTempSubdirectory("buildcache-mirror-").FullName;
        try
        {
            string folder = location.Folder ?? Path.Combine(scratch, MirrorName);
            if (location.Bucket is { } bucket)
            {
                using var objects = new S3Bucket(bucket, Credentials);
                await new MirrorBucket(objects).CopyToAsync(folder, cancellationToken);
            }
            else if (location.Folder is not null && !Directory.Exists(folder))
            {
                throw new BuildCacheException(ErrorId.InputNotFound, $"There is no mirror in '{folder}'. Check the path, or make one with Sync-SourceMirror.");
            }

            string address = location.Address ?? new Uri(folder + Path.DirectorySeparatorChar).AbsoluteUri;
            var tests = new TestedSource[sources.Count];
            await Parallel.ForAsync(0, sources.Count, new ParallelOptions { MaxDegreeOfParallelism = MostAtOnce, CancellationToken = cancellationToken },
                async (i, stop) => tests[i] = await TestAsync(sources[i], address, Directory.CreateDirectory(Path.Combine(scratch, $"{i}")).FullName, stop));
            return tests;
        }
        finally
        {
            DirectoryRemoval.TryRemove(scratch);
        }
    }

    private async ValueTask<TestedSource> TestAsync(SourceDeclaration source, string mirror, string directory, CancellationToken cancellationToken)
    {
        string? uri = null;
        try
        {
            ISourceKind kind = SourceKinds.Of(source);
            _ = kind.CanonicalRef(source);
            SourcePlaces places = PlacesIn(mirror, source);
            SourcePlace place = places.ToFetch(source.Url, PlacePolicy.Mirrors)[0];
            uri = GitUrl.WithoutSecrets(place.Url);
            FetchedSource fetched = await kind.FetchAsync(source, place, places, PlacePolicy.Mirrors, directory, cancellationToken);
            return new TestedSource(source.Name, source.Ref, true, uri, null, fetched.Notices);
        }
        catch (BuildCacheException error)
        {
            return new TestedSource(source.Name, source.Ref, false, uri, error, []);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new TestedSource(source.Name, source.Ref, false, uri,
                new BuildCacheException(ErrorId.SourceUnavailable, $"The source {source} cannot be written to '{directory}': {error.Message} Check the free space of the disk.", error), []);
        }
        finally
        {
            DirectoryRemoval.TryRemove(directory);
        }
    }

    private SourcePlaces PlacesIn(string mirror, SourceDeclaration source)
    {
        (string? declared, string rest) = SourceAliases.Split(source.Url);
        return new SourcePlaces(aliases, [new SourceMirror(MirrorName, aliases.Names.ToDictionary(
            name => name, name => (IReadOnlyList<string>)[MirrorPlace.PrefixOf(mirror, name, name == declared ? rest : "")], StringComparer.Ordinal))]);
    }

    private string CopyOf(S3Location bucket) => Path.Combine(
        Copies, Digest.Of(System.Text.Encoding.UTF8.GetBytes($"{bucket.Endpoint} {bucket.Bucket} {bucket.Prefix}")).Hash[..32]);
}
