using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using BuildCache.Content;
using BuildCache.Keys;
using BuildCache.Stores.Packs;

namespace BuildCache.Stores.GitHubActions;

/// <summary>Entries as archives that are never replaced: a key's newest counts. How names and lookups go is in <c>docs/store-layout-gha.md</c>.</summary>
internal sealed class GitHubActionsEntryIndex(EntryArchives entries, BlobLocations locations, MissedKeys missed, TimeProvider clock) : IEntryIndex
{
    // The service keeps what it has; that an entry is to be found no more, only this process can know.
    private readonly ConcurrentDictionary<string, bool> _removed = new(StringComparer.Ordinal);

    public async ValueTask<IndexedEntry?> GetAsync(CacheKey key, CancellationToken cancellationToken)
    {
        if (await FindAsync(key, cancellationToken) is { } found)
        {
            return Learn(found);
        }

        missed.Add(key);
        return null;
    }

    public async ValueTask<bool> PutAsync(CacheKey key, EntryRecord record, bool replace, CancellationToken cancellationToken)
    {
        NamedEntry? there = await FindAsync(key, cancellationToken);
        if (there is not null && !replace)
        {
            return false;
        }

        NamedEntry? sibling = await entries.ReadNewestSiblingAsync(key, cancellationToken);
        IReadOnlyList<PackListing> packs = PackListing.Of(record.Content.Blobs.Where(IsPacked).Select(blob => locations.Find(blob)
            ?? throw new BuildCacheException(ErrorId.BlobMissing, $"The blob {blob}, which the entry {key} needs, was not stored. Store the content of an entry first.")));
        string name = await entries.WriteAsync(
            new EntryObject(key, record.Bytes, record.Written ?? clock.GetUtcNow(), packs, Predecessors(there, sibling)), cancellationToken);

        // Of two that found nothing there, the later wins, and the earlier hears of it here if it is late enough to.
        return replace || await entries.FindNewestAsync(ServiceKey.PrefixOf(key), cancellationToken) is not { } newest
            || newest == name || _removed.ContainsKey(newest) || ServiceKey.WrittenOf(newest) < ServiceKey.WrittenOf(name);
    }

    public async IAsyncEnumerable<IndexedEntry> ListAsync(CacheKey? restoreKey, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (restoreKey is null)
        {
            throw new BuildCacheException(ErrorId.UnsupportedByStore,
                "GitHub's cache service has no list of all entries that a job may ask for. Use the 'Caches' page of the repository, or 'gh cache list'.");
        }

        var candidates = new SortedSet<(DateTimeOffset Written, string Name)>(Comparer<(DateTimeOffset Written, string Name)>.Create(NewestFirst));
        var read = new Dictionary<string, NamedEntry?>(StringComparer.Ordinal);
        IReadOnlyList<string> prefixes = ServiceKey.PrefixesFor(restoreKey);
        foreach (string prefix in prefixes)
        {
            if (await TryReadAsync(entries.ReadNewestAsync(prefix, cancellationToken)) is { } newest && read.TryAdd(newest.Name, newest))
            {
                foreach (string name in newest.Entry.Predecessors.Take(EntryArchives.MostPredecessors)
                    .Where(name => ServiceKey.IsName(name) && prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
                    .Append(newest.Name))
                {
                    candidates.Add((ServiceKey.WrittenOf(name), name));
                }
            }
        }

        foreach ((_, string name) in candidates)
        {
            if (_removed.ContainsKey(name))
            {
                continue;
            }

            if (!read.TryGetValue(name, out NamedEntry? entry))
            {
                entry = await TryReadAsync(entries.ReadAsync(name, cancellationToken));
            }

            if (entry is not null && restoreKey.IsRestoreKeyOf(entry.Entry.Key))
            {
                yield return Learn(entry);
            }
        }
    }

    public ValueTask<bool> RemoveAsync(IndexedEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Version is { } name)
        {
            _removed[name] = true;
        }

        return new(false);
    }

    // To be downloaded is to be used, for the service.
    public ValueTask MarkUsedAsync(IndexedEntry entry, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    private async ValueTask<NamedEntry?> FindAsync(CacheKey key, CancellationToken cancellationToken) =>
        await entries.ReadNewestAsync(ServiceKey.PrefixOf(key), cancellationToken) is { } found
            && !_removed.ContainsKey(found.Name) && found.Entry.Key.Equals(key) ? found : null;

    private static IReadOnlyList<string> Predecessors(params ReadOnlySpan<NamedEntry?> known)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (NamedEntry? entry in known)
        {
            if (entry is not null)
            {
                names.Add(entry.Name);
                names.UnionWith(entry.Entry.Predecessors.Where(ServiceKey.IsName));
            }
        }

        return [.. names.Select(name => (Written: ServiceKey.WrittenOf(name), Name: name)).Order(Comparer<(DateTimeOffset Written, string Name)>.Create(NewestFirst))
            .Take(EntryArchives.MostPredecessors).Select(name => name.Name)];
    }

    private static int NewestFirst((DateTimeOffset Written, string Name) left, (DateTimeOffset Written, string Name) right) =>
        left.Written != right.Written ? right.Written.CompareTo(left.Written) : string.CompareOrdinal(left.Name, right.Name);

    // A later version's entries do not stop this one from finding its own.
    private static async ValueTask<NamedEntry?> TryReadAsync(ValueTask<NamedEntry?> read)
    {
        try
        {
            return await read;
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.UnsupportedFormat)
        {
            return null;
        }
    }

    private IndexedEntry Learn(NamedEntry found)
    {
        locations.Learn(found.Entry.Packs);
        DateTimeOffset written = found.Entry.Written ?? ServiceKey.WrittenOf(found.Name);
        return new IndexedEntry(found.Entry.Key, found.Entry.Record, written, written, found.Name);
    }

    private static bool IsPacked(Digest blob) => blob.Size is > 0 and <= PackLimits.LargestBlob;
}
