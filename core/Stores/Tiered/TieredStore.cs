using BuildCache.Content;
using BuildCache.Pruning;

namespace BuildCache.Stores.Tiered;

/// <summary>Several stores, near to far, that are used as one: the nearest answer counts, what comes from afar is kept near.</summary>
/// <remarks>A store by itself is a tier too, if it is not a folder: what it needs is to be left alone once it does not answer.</remarks>
public sealed class TieredStore : CacheStore
{
    private readonly Tier[] _tiers;
    private readonly TieredBlobs _blobs;
    private readonly TieredIndex _entries;
    private IReadOnlyList<StoreNotice> _notices;

    /// <summary>Puts stores together.</summary>
    /// <param name="tiers">The stores, the nearest first, and which of them are only read.</param>
    /// <param name="clock">Tells how long an answer takes.</param>
    /// <param name="notices">What the user should hear of the choice of stores, or nothing.</param>
    public TieredStore(IReadOnlyList<StoreTier> tiers, TimeProvider? clock = null, IReadOnlyList<StoreNotice>? notices = null)
    {
        _notices = notices ?? [];
        ArgumentOutOfRangeException.ThrowIfZero(tiers.Count);
        _tiers = [.. tiers.Select(tier => new Tier(tier.Store, tier.IsReadOnly, clock ?? TimeProvider.System))];
        _blobs = new TieredBlobs(_tiers);
        _entries = new TieredIndex(_tiers, _blobs);
    }

    /// <summary>The URI of the nearest.</summary>
    public override Uri Uri => _tiers[0].Store.Uri;

    /// <inheritdoc/>
    public override IReadOnlyList<StoreTier> Tiers => [.. _tiers.Select(tier => new StoreTier(tier.Store, tier.IsReadOnly))];

    /// <inheritdoc/>
    public override bool AcceptsWrites => _tiers.Any(tier => tier.AcceptsWrites);

    /// <inheritdoc/>
    public override IBlobStore Blobs => _blobs;

    /// <inheritdoc/>
    public override IEntryIndex Entries => _entries;

    /// <inheritdoc/>
    public override IReadOnlyList<StoreNotice> TakeNotices() =>
        [.. Interlocked.Exchange(ref _notices, []), .. _tiers.SelectMany(tier => tier.Store.TakeNotices()), .. _tiers.Select(tier => tier.TakeNotice()).OfType<StoreNotice>()];

    /// <inheritdoc/>
    public override ValueTask<StoreUsage> SweepAsync(Func<Digest, bool> isNeeded, DateTimeOffset olderThan, CancellationToken cancellationToken = default) =>
        _tiers is [var only] ? only.Store.SweepAsync(isNeeded, olderThan, cancellationToken) : throw OneByOne();

    /// <inheritdoc/>
    public override ValueTask<StoreUsage> MeasureAsync(CancellationToken cancellationToken = default) =>
        _tiers is [var only] ? only.Store.MeasureAsync(cancellationToken) : throw OneByOne();

    /// <inheritdoc/>
    public override DiskSpace? MeasureDisk() => _tiers is [var only] ? only.Store.MeasureDisk() : throw OneByOne();

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        foreach (Tier tier in _tiers)
        {
            await tier.Store.DisposeAsync();
        }

        await base.DisposeAsync();
    }

    // What one tier needs says nothing about what another may lose.
    private static BuildCacheException OneByOne() =>
        new(ErrorId.UnsupportedByStore, "Several tiers are measured and pruned one by one. Name one store.");
}
