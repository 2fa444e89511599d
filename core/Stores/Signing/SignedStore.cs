using BuildCache.Content;
using BuildCache.Pruning;
using BuildCache.Trust;

namespace BuildCache.Stores.Signing;

/// <summary>A store whose entries are signed and verified. Content needs no signature: an entry names the digest of all that it takes.</summary>
/// <remarks>It is around each tier and not around all together, so that a near entry that does not count does not hide a far one that does.</remarks>
public sealed class SignedStore : CacheStore
{
    private readonly CacheStore _inner;
    private readonly SigningNotices _notices;

    /// <summary>Puts a policy around a store.</summary>
    public SignedStore(CacheStore inner, SignaturePolicy policy)
    {
        _inner = inner;
        _notices = new SigningNotices(inner.Uri, policy);
        Entries = new SignedIndex(inner.Entries, policy, _notices);
    }

    /// <inheritdoc/>
    public override Uri Uri => _inner.Uri;

    /// <inheritdoc/>
    public override IBlobStore Blobs => _inner.Blobs;

    /// <inheritdoc/>
    public override IEntryIndex Entries { get; }

    /// <inheritdoc/>
    public override CacheStore Place => _inner.Place;

    /// <inheritdoc/>
    public override bool AcceptsWrites => _inner.AcceptsWrites;

    /// <summary>The store with the policy around it, or as it is where the policy says nothing.</summary>
    internal static CacheStore Around(CacheStore store, SignaturePolicy policy) => policy.IsEmpty ? store : new SignedStore(store, policy);

    /// <inheritdoc/>
    public override ValueTask<StoreUsage> SweepAsync(Func<Digest, bool> isNeeded, DateTimeOffset olderThan, CancellationToken cancellationToken = default) =>
        _inner.SweepAsync(isNeeded, olderThan, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<StoreUsage> MeasureAsync(CancellationToken cancellationToken = default) => _inner.MeasureAsync(cancellationToken);

    /// <inheritdoc/>
    public override DiskSpace? MeasureDisk() => _inner.MeasureDisk();

    /// <inheritdoc/>
    public override ValueTask<TimeSpan?> MeasureClockSkewAsync(CancellationToken cancellationToken = default) => _inner.MeasureClockSkewAsync(cancellationToken);

    /// <inheritdoc/>
    public override IReadOnlyList<StoreNotice> TakeNotices() => [.. _inner.TakeNotices(), .. _notices.Take()];

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _inner.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <inheritdoc/>
    internal override ValueTask<StoreUsage> MeasureOrphansAsync(Func<Digest, bool> isNeeded, DateTimeOffset olderThan, CancellationToken cancellationToken) =>
        _inner.MeasureOrphansAsync(isNeeded, olderThan, cancellationToken);
}
