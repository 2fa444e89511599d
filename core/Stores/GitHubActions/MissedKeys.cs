using System.Collections.Concurrent;
using BuildCache.Keys;
using BuildCache.Stores.Packs;

namespace BuildCache.Stores.GitHubActions;

/// <summary>Keys that were looked for in vain and are likely to be saved next.</summary>
/// <remarks>
/// There is no list of what is stored. But what is saved after a miss mostly differs little from the newest entry beside it,
/// and that one tells where its files lie: so they need not be uploaded again.
/// </remarks>
internal sealed class MissedKeys(EntryArchives entries, BlobLocations locations)
{
    private readonly ConcurrentDictionary<string, CacheKey> _keys = new(StringComparer.Ordinal);

    public void Add(CacheKey key) => _keys[ServiceKey.SiblingsOf(key)] = key;

    /// <summary>Learns from the entries beside them where blobs lie.</summary>
    public async ValueTask LearnAsync(CancellationToken cancellationToken)
    {
        foreach (string parent in _keys.Keys)
        {
            if (_keys.TryRemove(parent, out CacheKey? key) && await entries.ReadNewestSiblingAsync(key, cancellationToken) is { } sibling)
            {
                locations.Learn(sibling.Entry.Packs);
            }
        }
    }
}
