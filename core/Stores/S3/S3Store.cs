using System.Text;
using Amazon.Runtime;
using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.Stores.Packs;

namespace BuildCache.Stores.S3;

/// <summary>A store in a bucket of S3, or of another service that speaks it. Its layout is described in <c>docs/store-layout-s3.md</c>.</summary>
/// <remarks>
/// Credentials are looked for where the AWS SDK looks: environment, profile, web identity, container, instance. Any number of
/// machines may use the store at the same time: an object is visible when it is whole, blobs and packs never change, and an entry
/// is written last and only where there is none.
/// </remarks>
public sealed class S3Store : CacheStore
{
    private readonly S3Bucket _bucket;
    private readonly PackIndex _index;
    private readonly S3BlobStore _blobs;
    private readonly S3EntryIndex _entries;
    private readonly S3Sweep _sweep;

    internal S3Store(S3Location location, string indexes, AWSCredentials? credentials = null)
    {
        _bucket = new S3Bucket(location, credentials);
        var locations = new BlobLocations();
        string place = Digest.Of(Encoding.UTF8.GetBytes($"{location.Endpoint} {location.Bucket} {location.Prefix}")).Hash[..32];
        _index = new PackIndex(_bucket, locations, Path.Combine(indexes, place));
        _blobs = new S3BlobStore(_bucket, locations, _index);
        _entries = new S3EntryIndex(_bucket, _blobs, locations);
        _sweep = new S3Sweep(_bucket, _index, _entries);
    }

    /// <summary>Opens the store that an <c>s3:</c> URI names.</summary>
    internal static S3Store Open(StoreUri uri) =>
        new(S3Location.Parse(uri), UserDirectories.PackIndexes, uri.HasCredentials ? null : new AnonymousAWSCredentials());

    /// <inheritdoc/>
    public override Uri Uri => _bucket.Location.Uri;

    /// <inheritdoc/>
    public override IBlobStore Blobs => _blobs;

    /// <inheritdoc/>
    public override IEntryIndex Entries => _entries;

    /// <inheritdoc/>
    public override ValueTask<StoreUsage> SweepAsync(Func<Digest, bool> isNeeded, DateTimeOffset olderThan, CancellationToken cancellationToken = default) =>
        _sweep.SweepAsync(isNeeded, olderThan, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<StoreUsage> MeasureAsync(CancellationToken cancellationToken = default) => _sweep.MeasureAsync(cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<TimeSpan?> MeasureClockSkewAsync(CancellationToken cancellationToken = default) => _bucket.MeasureClockSkewAsync(cancellationToken);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _entries.DisposeAsync();
        _index.Dispose();
        _bucket.Dispose();
        await base.DisposeAsync();
    }
}
