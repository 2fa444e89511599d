using System.Management.Automation;
using BuildCache.Stores;
using BuildCache.Stores.File;

namespace BuildCache.PowerShell;

/// <summary>Tells which store is in use, whether it works, and how much it holds.</summary>
[Cmdlet(VerbsCommon.Get, "CacheStore")]
[OutputType(typeof(CacheStoreInfo))]
public sealed class GetCacheStoreCommand : StoreCommand
{
    /// <inheritdoc/>
    protected override object? Target => Settings.Store;

    /// <inheritdoc/>
    protected override void Process()
    {
        CacheStore store = Catalog.Store;
        var info = new CacheStoreInfo(store.Uri, store.Uri.Scheme, Reachable: false, Writable: false, null, null, null);
        try
        {
            if (store is FileStore folder)
            {
                info = info with { Writable = IsWritable(folder) };
            }

            StoreUsage usage = Await(cancellation => store.MeasureAsync(cancellation));
            info = info with { Reachable = true, Entries = Await(CountEntriesAsync), Blobs = usage.Count, Bytes = usage.Bytes };
        }
        catch (BuildCacheException error) when (error.IsStoreFailure)
        {
            WriteWarning(error.Message);
        }

        WriteObject(info);
    }

    private async ValueTask<long> CountEntriesAsync(CancellationToken cancellation)
    {
        long count = 0;
        await foreach (var _ in Catalog.ListAsync(cancellationToken: cancellation))
        {
            count++;
        }

        return count;
    }

    // To look at a store does not make one: what is not there yet may turn out to be writable.
    private static bool? IsWritable(FileStore store)
    {
        if (Directory.Exists(store.Root))
        {
            return store.IsWritable();
        }

        string? above = store.Root;
        while (above is not null && !Path.Exists(above))
        {
            above = Path.GetDirectoryName(above);
        }

        return above is null || Directory.Exists(above) ? null
            : throw new BuildCacheException(ErrorId.StoreUnavailable, $"The store in '{store.Root}' cannot be used: '{above}' is a file. Name another directory.");
    }
}
