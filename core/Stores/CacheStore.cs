using BuildCache.Stores.File;
using BuildCache.Stores.GitHubActions;

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

    /// <summary>Removes content that no entry needs.</summary>
    /// <param name="isNeeded">Whether a blob is needed.</param>
    /// <param name="olderThan">Only blobs written before; one that is being saved now has no entry yet.</param>
    /// <param name="cancellationToken">Stops between blobs.</param>
    /// <returns>How many blobs went, and their bytes.</returns>
    public abstract ValueTask<StoreUsage> SweepAsync(Func<Content.Digest, bool> isNeeded, DateTimeOffset olderThan, CancellationToken cancellationToken = default);

    /// <summary>Counts the blobs and their bytes.</summary>
    public abstract ValueTask<StoreUsage> MeasureAsync(CancellationToken cancellationToken = default);

    /// <summary>What the user should hear of once: a tier that was dropped, a thing that a store cannot do. Each is given out once.</summary>
    public virtual IReadOnlyList<StoreNotice> TakeNotices() => [];

    /// <summary>Ends connections, after what is still on its way.</summary>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Opens the store that a URI or a directory names. Nothing is touched before it is used.</summary>
    /// <param name="uri">The full path of a directory, or a URI: <c>file:</c>, <c>gha:</c>.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidStoreUri"/>.</exception>
    public static CacheStore Open(string uri)
    {
        if (Path.IsPathFullyQualified(uri))
        {
            return new FileStore(uri);
        }

        var parsed = StoreUri.Parse(uri);
        return parsed.Uri.Scheme switch
        {
            "file" => FileStore.Open(parsed),
            "gha" => GitHubActionsStore.Open(parsed),
            var scheme => throw parsed.Invalid($"this version knows no store of kind '{scheme}'"),
        };
    }
}

/// <summary>Something about a store that the user should hear of, and that is no error of what was asked.</summary>
/// <param name="Id">What kind of thing.</param>
/// <param name="Message">What happened, to what, and what to do.</param>
public sealed record StoreNotice(ErrorId Id, string Message);

/// <summary>A number of blobs and their size.</summary>
/// <param name="Count">How many.</param>
/// <param name="Bytes">Their bytes together.</param>
public readonly record struct StoreUsage(long Count, long Bytes);
