using BuildCache.Stores.File;

namespace BuildCache.Stores;

/// <summary>A place that keeps entries: blobs and an index, named by a URI.</summary>
public abstract class CacheStore
{
    /// <summary>Where it is.</summary>
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

    /// <summary>Opens the store that a URI or a directory names. Nothing is touched before it is used.</summary>
    /// <param name="uri">A <c>file:</c> URI or the full path of a directory.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidStoreUri"/>.</exception>
    public static CacheStore Open(string uri)
    {
        if (Path.IsPathFullyQualified(uri))
        {
            return new FileStore(uri);
        }

        if (!Uri.TryCreate(uri, UriKind.Absolute, out Uri? parsed))
        {
            throw Invalid(uri, "it is neither a URI nor the full path of a directory");
        }

        if (!parsed.IsFile)
        {
            throw Invalid(uri, $"this version knows no store of kind '{parsed.Scheme}'");
        }

        return parsed is { Query.Length: 0, Fragment.Length: 0 } && (parsed.Host.Length == 0 || OperatingSystem.IsWindows())
            ? new FileStore(parsed.LocalPath)
            : throw Invalid(uri, "a file URI is 'file:///' and a path, nothing more");
    }

    private static BuildCacheException Invalid(string uri, string why) =>
        new(ErrorId.InvalidStoreUri, $"'{uri}' names no store: {why}. Use a directory, as in 'file:///var/cache/build' or '/var/cache/build'.");
}

/// <summary>A number of blobs and their size.</summary>
/// <param name="Count">How many.</param>
/// <param name="Bytes">Their bytes together.</param>
public readonly record struct StoreUsage(long Count, long Bytes);
