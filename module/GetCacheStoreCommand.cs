using System.Management.Automation;
using System.Text;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Stores;
using BuildCache.Stores.File;

namespace BuildCache.PowerShell;

/// <summary>Tells which stores are in use, whether they answer, and how much they hold.</summary>
[Cmdlet(VerbsCommon.Get, "CacheStore")]
[OutputType(typeof(CacheStoreInfo))]
public sealed class GetCacheStoreCommand : StoreCommand
{
    // Nobody stores them. That they are not there is an answer.
    private static readonly Digest s_unknown = Digest.Of(Encoding.UTF8.GetBytes(nameof(GetCacheStoreCommand)));
    private static readonly CacheKey s_unknownKey = CacheKey.Create(CacheScope.Create([(ScopeKind.Session, "probe")]), ["probe", s_unknown.Hash]);

    private StoreTier? _current;

    /// <inheritdoc/>
    protected override object? Target => _current?.Store.Uri;

    /// <inheritdoc/>
    protected override void Process()
    {
        foreach (StoreTier tier in Catalog.Store.Tiers)
        {
            _current = tier;
            Guard(() => WriteObject(Look(tier)));
        }
    }

    private CacheStoreInfo Look(StoreTier tier)
    {
        CacheStore store = tier.Store;
        var info = new CacheStoreInfo(store.Uri, StoreKind.Of(store.Uri), Reachable: false, Writable: store.Place is FileStore ? false : null, tier.IsReadOnly);
        try
        {
            if (store.Place is FileStore folder)
            {
                bool? isWritable = IsWritable(folder, tier.IsReadOnly);
                info = info with { Writable = isWritable };
            }

            Await(cancellation => store.Blobs.FindMissingAsync([s_unknown], cancellation));
            // Some stores know of a blob that it is absent without asking anybody.
            Await(cancellation => store.Entries.GetAsync(s_unknownKey, cancellation));
            StoreUsage? usage = OrNothing<StoreUsage>(cancellation => store.MeasureAsync(cancellation));
            long? entries = OrNothing<long>(cancellation => CountEntriesAsync(store, cancellation));
            return info with { Reachable = true, Entries = entries, Blobs = usage?.Count, Bytes = usage?.Bytes };
        }
        catch (BuildCacheException error) when (error.IsStoreFailure)
        {
            WarnOnce(error);
            return info with { Problem = error.Message };
        }
    }

    private T? OrNothing<T>(Func<CancellationToken, ValueTask<T>> count) where T : struct
    {
        try
        {
            return Await(count);
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.UnsupportedByStore)
        {
            WriteVerbose(error.Message);
            return null;
        }
    }

    private static async ValueTask<long> CountEntriesAsync(CacheStore store, CancellationToken cancellation)
    {
        long count = 0;
        await foreach (CacheEntry _ in new EntryCatalog(store).ListEverythingAsync(cancellationToken: cancellation))
        {
            count++;
        }

        return count;
    }

    // To look at a store does not make one: what is not there yet may turn out to be writable.
    private static bool? IsWritable(FileStore store, bool isReadOnly)
    {
        if (Directory.Exists(store.Root))
        {
            return !isReadOnly && store.IsWritable();
        }

        string? above = store.Root;
        while (above is not null && !Path.Exists(above))
        {
            above = Path.GetDirectoryName(above);
        }

        return above is not null && !Directory.Exists(above)
            ? throw new BuildCacheException(ErrorId.StoreUnavailable, $"The store in '{store.Root}' cannot be used: '{above}' is a file. Name another directory.")
            : isReadOnly ? false : null;
    }
}
