using System.Runtime.CompilerServices;
using BuildCache.Content;
using BuildCache.Keys;
using BuildCache.Pruning;
using BuildCache.Stores;

namespace BuildCache.Tests.Support;

/// <summary>What a <see cref="FaultyStore"/> is asked to do.</summary>
public enum Operation
{
    FindMissing,
    ReadBlob,
    ReadFiles,
    WriteBlob,
    WriteFiles,
    GetEntry,
    PutEntry,
    ListEntries,
    RemoveEntry,
    Sweep,
}

/// <summary>A real store behind a wire that can be cut: named operations fail as those of a store that is away.</summary>
public sealed class FaultyStore(CacheStore inner) : CacheStore, IBlobStore, IEntryIndex
{
    /// <summary>What fails, from the start or after some calls.</summary>
    public HashSet<Operation> Failing { get; } = [];

    /// <summary>What it fails with.</summary>
    public ErrorId Failure { get; set; } = ErrorId.StoreUnavailable;

    /// <summary>What was asked.</summary>
    public List<Operation> Asked { get; } = [];

    /// <summary>Runs before an operation, for what another process does at just that moment.</summary>
    public Action<Operation>? Before { get; set; }

    /// <summary>The disk that it claims to lie on.</summary>
    public DiskSpace? Disk { get; set; }

    public override Uri Uri => inner.Uri;

    /// <summary>Whether it shows what store it really is.</summary>
    public bool ShowsTiers { get; set; }

    public override IReadOnlyList<StoreTier> Tiers => ShowsTiers ? inner.Tiers : base.Tiers;

    public override IBlobStore Blobs => this;

    public override IEntryIndex Entries => this;

    public override ValueTask<StoreUsage> SweepAsync(Func<Digest, bool> isNeeded, DateTimeOffset olderThan, CancellationToken cancellationToken = default) =>
        Ask(Operation.Sweep).SweepAsync(isNeeded, olderThan, cancellationToken);

    public override ValueTask<StoreUsage> MeasureAsync(CancellationToken cancellationToken = default) => inner.MeasureAsync(cancellationToken);

    public override DiskSpace? MeasureDisk() => Disk;

    internal override ValueTask<StoreUsage> MeasureOrphansAsync(Func<Digest, bool> isNeeded, DateTimeOffset olderThan, CancellationToken cancellationToken) =>
        inner.MeasureOrphansAsync(isNeeded, olderThan, cancellationToken);

    public ValueTask<IReadOnlyList<Digest>> FindMissingAsync(IReadOnlyCollection<Digest> blobs, CancellationToken cancellationToken = default) =>
        Ask(Operation.FindMissing).Blobs.FindMissingAsync(blobs, cancellationToken);

    public ValueTask<IReadOnlyDictionary<Digest, byte[]>> ReadAsync(IReadOnlyCollection<Digest> blobs, CancellationToken cancellationToken = default) =>
        Ask(Operation.ReadBlob).Blobs.ReadAsync(blobs, cancellationToken);

    public ValueTask ReadFilesAsync(IReadOnlyList<BlobTarget> targets, IProgress<int>? progress = null, CancellationToken cancellationToken = default) =>
        Ask(Operation.ReadFiles).Blobs.ReadFilesAsync(targets, progress, cancellationToken);

    public IBlobUpload BeginUpload() => new Upload(this, inner.Blobs.BeginUpload());

    public ValueTask<IndexedEntry?> GetAsync(CacheKey key, CancellationToken cancellationToken = default) =>
        Ask(Operation.GetEntry).Entries.GetAsync(key, cancellationToken);

    public ValueTask<bool> PutAsync(CacheKey key, EntryRecord record, bool replace, CancellationToken cancellationToken = default) =>
        Ask(Operation.PutEntry).Entries.PutAsync(key, record, replace, cancellationToken);

    public async IAsyncEnumerable<IndexedEntry> ListAsync(CacheKey? restoreKey, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (IndexedEntry entry in inner.Entries.ListAsync(restoreKey, cancellationToken))
        {
            yield return entry;
        }

        // At the end, when some were listed already: the worst moment for whoever deletes what was not listed.
        Ask(Operation.ListEntries);
    }

    public ValueTask<bool> RemoveAsync(IndexedEntry entry, CancellationToken cancellationToken = default) =>
        Ask(Operation.RemoveEntry).Entries.RemoveAsync(entry, cancellationToken);

    public ValueTask MarkUsedAsync(IndexedEntry entry, CancellationToken cancellationToken = default) => inner.Entries.MarkUsedAsync(entry, cancellationToken);

    private CacheStore Ask(Operation operation)
    {
        lock (Asked)
        {
            Asked.Add(operation);
        }

        Before?.Invoke(operation);
        return Failing.Contains(operation)
            ? throw new BuildCacheException(Failure, $"The store did not answer {operation} in time.")
            : inner;
    }

    private sealed class Upload(FaultyStore store, IBlobUpload upload) : IBlobUpload
    {
        public ValueTask<IReadOnlyList<Digest>> AddFilesAsync(IReadOnlyList<BlobSource> sources, CancellationToken cancellationToken = default)
        {
            store.Ask(Operation.WriteFiles);
            return upload.AddFilesAsync(sources, cancellationToken);
        }

        public ValueTask AddAsync(Digest blob, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
        {
            store.Ask(Operation.WriteBlob);
            return upload.AddAsync(blob, content, cancellationToken);
        }

        public ValueTask CompleteAsync(CancellationToken cancellationToken = default) => upload.CompleteAsync(cancellationToken);

        public ValueTask DisposeAsync() => upload.DisposeAsync();
    }
}
