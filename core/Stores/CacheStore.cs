using BuildCache.Configuration;
using BuildCache.Pruning;
using BuildCache.Stores.File;
using BuildCache.Stores.Signing;
using BuildCache.Trust;

namespace BuildCache.Stores;

/// <summary>A place that keeps entries: blobs and an index, named by a URI.</summary>
public abstract class CacheStore : IAsyncDisposable
{
    /// <summary>Where it is, without anything secret.</summary>
    public abstract Uri Uri { get; }

    /// <summary>The content.</summary>
    public abstract IBlobStore Blobs { get; }

    /// <summary>The entries.</summary>
    public abstract IEntryIndex Entries { get; }

    /// <summary>The stores that it is made of, the nearest first: by itself, this one.</summary>
    public virtual IReadOnlyList<StoreTier> Tiers => [new StoreTier(this, IsReadOnly: false)];

    /// <summary>The store itself, without what may be around it.</summary>
    public virtual CacheStore Place => this;

    /// <summary>Whether saving to it can make sense: not to one that its URI calls read-only, or that has refused already.</summary>
    public virtual bool AcceptsWrites => true;

    /// <summary>Removes content that no entry needs.</summary>
    /// <param name="isNeeded">Whether a blob is needed.</param>
    /// <param name="olderThan">Only blobs written before; one that is being saved now has no entry yet.</param>
    /// <param name="cancellationToken">Stops between blobs.</param>
    /// <returns>How many blobs went, and their bytes.</returns>
    public abstract ValueTask<StoreUsage> SweepAsync(Func<Content.Digest, bool> isNeeded, DateTimeOffset olderThan, CancellationToken cancellationToken = default);

    /// <summary>Counts the blobs and their bytes.</summary>
    public abstract ValueTask<StoreUsage> MeasureAsync(CancellationToken cancellationToken = default);

    /// <summary>Counts the content that a sweep would remove now, where it lies on a disk of its own; elsewhere nobody needs the figure.</summary>
    internal virtual ValueTask<StoreUsage> MeasureOrphansAsync(Func<Content.Digest, bool> isNeeded, DateTimeOffset olderThan, CancellationToken cancellationToken) =>
        new(default(StoreUsage));

    /// <summary>The disk that it lies on, or <see langword="null"/> where there is none of its own, or it does not say.</summary>
    public virtual DiskSpace? MeasureDisk() => null;

    /// <summary>How far the clock of the store is ahead of this machine's, or <see langword="null"/> when it does not tell its time.</summary>
    /// <exception cref="BuildCacheException">The store did not answer.</exception>
    public virtual ValueTask<TimeSpan?> MeasureClockSkewAsync(CancellationToken cancellationToken = default) => new((TimeSpan?)null);

    /// <summary>What the user should hear of once: a tier that was dropped, a thing that a store cannot do. Each is given out once.</summary>
    public virtual IReadOnlyList<StoreNotice> TakeNotices() => [];

    /// <summary>Ends connections, after what is still on its way.</summary>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Opens the store that a URI or a directory names, or several as tiers, with the user's policy of signatures. Nothing is touched before it is used.</summary>
    /// <param name="uri">
    /// The full path of a directory, or a URI: <c>file:</c>, <c>s3:</c>, <c>grpc:</c>, <c>grpcs:</c>, <c>gha:</c>. Several, near to far,
    /// with <c>;</c> between them. The option <c>readonly=true</c> in the query of any of them says that it is never written to.
    /// </param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidStoreUri"/>; <see cref="ErrorId.InvalidConfiguration"/>: the user's policy cannot be read.</exception>
    public static CacheStore Open(string uri) => Open(uri, TrustSettings.InForce());

    /// <summary>Opens a store as <see cref="Open(string)"/> does, with another policy of signatures.</summary>
    /// <param name="uri">What names it.</param>
    /// <param name="signatures">Whose entries count, and what is signed with.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidStoreUri"/>.</exception>
    public static CacheStore Open(string uri, SignaturePolicy signatures) => AsTiers([.. Split(uri).Select(part => OpenOne(part, StoreUri.Parse))], [], signatures);

    /// <summary>Opens the store that a setting names. One that only a checkout names gets none of the user's credentials.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidStoreUri"/>.</exception>
    public static CacheStore Open(StoreSetting setting)
    {
        if (setting.Source != SettingSource.Checkout)
        {
            return Open(setting.Text);
        }

        var stores = new CheckoutStores(setting);
        IReadOnlyList<StoreTier> tiers = [.. stores.Used(Split(setting.Text)).Select(store => OpenOne(store, stores.Parse))];
        return AsTiers(tiers, stores.Notices, TrustSettings.InForce());
    }

    /// <summary>Whether the user named, or trusts by its host, everything that a setting names.</summary>
    internal static bool IsOfUser(StoreSetting setting) =>
        setting.Source != SettingSource.Checkout || Split(setting.Text).All(new CheckoutStores(setting).IsOfUser);

    /// <summary>Takes a list of stores apart. A folder may have a <c>;</c> in its name: only where each part names a store it is a list.</summary>
    internal static IReadOnlyList<string> Split(string uri)
    {
        string[] parts = uri.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return parts.Length > 1 && parts.All(part => Path.IsPathFullyQualified(part) || Uri.TryCreate(part, UriKind.Absolute, out _)) ? parts : [uri];
    }

    private static CacheStore AsTiers(IReadOnlyList<StoreTier> stores, IReadOnlyList<StoreNotice> notices, SignaturePolicy signatures)
    {
        IReadOnlyList<StoreTier> signed = [.. stores.Select(tier => tier with { Store = SignedStore.Around(tier.Store, signatures) })];
        return stores is [(FileStore, false)] && notices.Count == 0 ? signed[0].Store : new Tiered.TieredStore(signed, notices: notices);
    }

    private static StoreTier OpenOne(string uri, Func<string, StoreUri> parse)
    {
        if (Path.IsPathFullyQualified(uri))
        {
            return new StoreTier(new FileStore(uri), IsReadOnly: false);
        }

        StoreUri parsed = parse(uri);
        bool isReadOnly = parsed.TakeSwitch("readonly");
        CacheStore store = parsed.Uri.Scheme switch
        {
            "file" => FileStore.Open(parsed),
            "s3" => S3.S3Store.Open(parsed),
            "grpc" or "grpcs" => RemoteExecution.RemoteExecutionStore.Open(parsed),
            "gha" => GitHubActions.GitHubActionsStore.Open(parsed),
            var scheme => throw parsed.Invalid($"this version knows no store of kind '{scheme}'"),
        };
        return new StoreTier(store, isReadOnly);
    }
}

/// <summary>One of the stores that a store is made of.</summary>
/// <param name="Store">The store.</param>
/// <param name="IsReadOnly">Whether it is never written to.</param>
public sealed record StoreTier(CacheStore Store, bool IsReadOnly);

/// <summary>Something about a store that the user should hear of, and that is no error of what was asked.</summary>
/// <param name="Id">What kind of thing.</param>
/// <param name="Message">What happened, to what, and what to do.</param>
public sealed record StoreNotice(ErrorId Id, string Message);

/// <summary>A number of blobs and their size.</summary>
/// <param name="Count">How many.</param>
/// <param name="Bytes">Their bytes together.</param>
public readonly record struct StoreUsage(long Count, long Bytes);
