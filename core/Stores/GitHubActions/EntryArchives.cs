using System.Collections.Concurrent;
using BuildCache.Content;
using BuildCache.Keys;
using BuildCache.Stores.Packs;

namespace BuildCache.Stores.GitHubActions;

/// <summary>An entry with the name that the service has it under.</summary>
internal sealed record NamedEntry(string Name, EntryObject Entry);

/// <summary>Reads and writes the archives of entries, and knows the newest below each parent for a while.</summary>
internal sealed class EntryArchives(Archives archives, TimeProvider clock)
{
    /// <summary>How many older entries an entry names.</summary>
    public const int MostPredecessors = 10;

    private static readonly TimeSpan s_siblingIsFresh = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, (NamedEntry? Entry, DateTimeOffset Asked)> _siblings = new(StringComparer.Ordinal);

    /// <summary>Finds the name of the newest entry whose name starts with a text.</summary>
    public async ValueTask<string?> FindNewestAsync(string prefix, CancellationToken cancellationToken) =>
        (await archives.FindNewestAsync(prefix, cancellationToken))?.Key;

    /// <summary>Reads the newest entry whose name starts with a text.</summary>
    /// <returns><see langword="null"/> when there is none, or the newest is damaged.</returns>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.UnsupportedFormat"/>: a later version wrote it.</exception>
    public async ValueTask<NamedEntry?> ReadNewestAsync(string prefix, CancellationToken cancellationToken) =>
        await archives.FindNewestAsync(prefix, cancellationToken) is { } found ? await ReadAsync(found, cancellationToken) : null;

    /// <summary>Reads the entry of exactly this name.</summary>
    /// <inheritdoc cref="ReadNewestAsync"/>
    public async ValueTask<NamedEntry?> ReadAsync(string name, CancellationToken cancellationToken) =>
        await archives.FindAsync(name, cancellationToken) is { } found && found.Key == name ? await ReadAsync(found, cancellationToken) : null;

    /// <summary>Reads the newest of all entries below the parent of a key, or what that was a moment ago.</summary>
    public async ValueTask<NamedEntry?> ReadNewestSiblingAsync(CacheKey key, CancellationToken cancellationToken)
    {
        string prefix = ServiceKey.SiblingsOf(key);
        if (_siblings.TryGetValue(prefix, out (NamedEntry? Entry, DateTimeOffset Asked) known) && clock.GetUtcNow() - known.Asked < s_siblingIsFresh)
        {
            return known.Entry;
        }

        NamedEntry? newest;
        try
        {
            newest = await ReadNewestAsync(prefix, cancellationToken);
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.UnsupportedFormat)
        {
            newest = null;
        }

        _siblings[prefix] = (newest, clock.GetUtcNow());
        return newest;
    }

    /// <summary>Writes an entry.</summary>
    /// <returns>Its name.</returns>
    public async ValueTask<string> WriteAsync(EntryObject entry, CancellationToken cancellationToken)
    {
        byte[] bytes = entry.Encode();
        if (bytes.Length > Ceilings.EntryObject)
        {
            throw new BuildCacheException(ErrorId.UnsupportedByStore,
                $"The entry {entry.Key} takes {bytes.Length:N0} bytes to describe, and {Ceilings.EntryObject:N0} are read back. Save fewer files under one key.");
        }

        string name = await archives.WriteNewAsync(() => ServiceKey.NewEntry(entry.Key, entry.Written!.Value), new MemoryArchiveContent(bytes), cancellationToken);
        _siblings[ServiceKey.SiblingsOf(entry.Key)] = (new NamedEntry(name, entry), clock.GetUtcNow());
        return name;
    }

    private async ValueTask<NamedEntry?> ReadAsync(FoundArchive found, CancellationToken cancellationToken)
    {
        // What was damaged on the way is whole the next time.
        for (int reads = 0; reads < 2; reads++)
        {
            if (await archives.ReadAsync(found, Ceilings.EntryObject, cancellationToken) is not { } bytes)
            {
                return null;
            }

            if (EntryObject.Decode(bytes, found.Key) is { } entry)
            {
                return new NamedEntry(found.Key, entry);
            }
        }

        return null;
    }
}
