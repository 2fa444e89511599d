using BuildCache.Keys;

namespace BuildCache.Entries;

/// <summary>Restores entries to where a user works: files that are only there are not removed unless that is forced.</summary>
/// <param name="catalog">The entries.</param>
/// <param name="placed">Knows what came from a cache before; <see langword="null"/> for the user's own records.</param>
public sealed class EntryRestore(EntryCatalog catalog, PlacedDirectories? placed = null)
{
    // As many damaged entries are passed over as a lookup passes over stale ones.
    private const int MostDamaged = 10;

    private readonly PlacedDirectories _placed = placed ?? new PlacedDirectories();

    /// <summary>Whether a directory is replaced whatever it holds.</summary>
    public bool Force { get; init; }

    /// <summary>Restores an entry below the directory that its paths are relative to.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="root">Full path of that directory.</param>
    /// <param name="progress">Is told how far it has come.</param>
    /// <param name="cancellationToken">Stops; the destination is then as it was.</param>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.DestinationNotEmpty"/>: a destination holds files that the entry does not have, and that no restore put there and no save took. Otherwise
    /// as <see cref="EntryCatalog.RestoreAsync(CacheEntry, string, IProgress{TransferProgress}?, CancellationToken)"/>.
    /// </exception>
    public async ValueTask RestoreAsync(CacheEntry entry, string root, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        string DestinationOf(SavedPath path) => Path.Combine(root, path.Path);
        if (!Force)
        {
            await RestoreDestination.RefuseForeignFilesAsync(entry, catalog.Store.Blobs, DestinationOf, _placed, cancellationToken);
        }

        await catalog.RestoreAsync(entry, DestinationOf, progress, cancellationToken);
        foreach (string directory in entry.Paths.Where(path => path.IsDirectory).Select(DestinationOf))
        {
            _placed.Note(directory, PlacedDirectories.NowIn(Path.GetDirectoryName(directory)!));
        }
    }

    /// <summary>Finds the best entry and restores it; one whose content turns out to be damaged is removed, and the next best is taken.</summary>
    /// <param name="key">The key.</param>
    /// <param name="restoreKeys">What else may match, in order.</param>
    /// <param name="root">Full path of the directory that the entry's paths are relative to.</param>
    /// <param name="scopes">The scopes to look in, in order, in place of the keys' own.</param>
    /// <param name="cancellationToken">Stops; the destination is then as it was.</param>
    /// <exception cref="BuildCacheException">As of <see cref="RestoreAsync"/>, but for damage.</exception>
    public async ValueTask<LookupResult> FindAndRestoreAsync(
        CacheKey key, IReadOnlyList<CacheKey>? restoreKeys, string root, IReadOnlyList<CacheScope>? scopes = null, CancellationToken cancellationToken = default)
    {
        List<CacheEntry> damaged = [];
        while (true)
        {
            LookupResult found = await catalog.FindAsync(key, restoreKeys, scopes, cancellationToken);
            // Found again, it could not be removed; so it would be each time.
            if (found.Entry is not { } entry || damaged.Count >= MostDamaged || damaged.Exists(known => known.Key.Equals(entry.Key) && known.Created == entry.Created))
            {
                return new LookupResult(LookupMatch.None, null, [.. damaged, .. found.Stale]);
            }

            try
            {
                await RestoreAsync(entry, root, cancellationToken: cancellationToken);
                return found with { Stale = [.. damaged, .. found.Stale] };
            }
            catch (BuildCacheException error) when (error.Id == ErrorId.BlobMissing || error.Id == ErrorId.BlobCorrupt)
            {
                damaged.Add(entry);
            }
        }
    }
}
