using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.Stores;

namespace BuildCache.Entries;

/// <summary>Finds, saves, restores and removes entries in a store.</summary>
/// <param name="store">The store.</param>
/// <param name="memory">Remembers the digests of saved files, or none.</param>
/// <param name="clock">Tells when an entry is made.</param>
public sealed class EntryCatalog(CacheStore store, HashMemory? memory = null, TimeProvider? clock = null)
{
    // As many stale entries are passed over in one lookup; a store that has lost more answers with a miss.
    private const int MostStale = 10;

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;

    /// <summary>The store.</summary>
    public CacheStore Store => store;

    /// <summary>What remembers the digests of files, or nothing.</summary>
    internal HashMemory? Memory => memory;

    /// <summary>Whether entries whose content is definitely lost or damaged are removed when a lookup or a restore comes upon them.</summary>
    public bool Purges { get; init; } = store.AcceptsWrites;

    /// <summary>Finds the best entry whose content is all in the store.</summary>
    /// <param name="key">The key.</param>
    /// <param name="restoreKeys">What else may match, tried in this order after the key; the newest match of each wins.</param>
    /// <param name="scopes">The scopes to look in, in order, in place of the keys' own.</param>
    /// <param name="cancellationToken">Stops the lookup.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.StoreUnavailable"/>: the store could not say. Nothing was purged for that.</exception>
    public async ValueTask<LookupResult> FindAsync(
        CacheKey key, IReadOnlyList<CacheKey>? restoreKeys = null, IReadOnlyList<CacheScope>? scopes = null, CancellationToken cancellationToken = default)
    {
        List<CacheEntry> stale = [];
        foreach (CacheScope? scope in scopes ?? (IReadOnlyList<CacheScope?>)[null])
        {
            if (stale.Count >= MostStale)
            {
                break;
            }

            CacheKey exact = scope is null ? key : key.In(scope);
            // Again after one was removed: where there are tiers, a farther one may have a good entry under the same key.
            for (int left = stale.Count; left <= MostStale && await store.Entries.GetAsync(exact, cancellationToken) is { } indexed; left++)
            {
                (CacheEntry? found, bool removed) = await ValidateAsync(indexed, stale, cancellationToken);
                if (found is not null)
                {
                    return new LookupResult(LookupMatch.Exact, found, stale);
                }

                if (!removed)
                {
                    break;
                }
            }

            foreach (CacheKey restoreKey in restoreKeys ?? [])
            {
                await foreach (IndexedEntry candidate in store.Entries.ListAsync(scope is null ? restoreKey : restoreKey.In(scope), cancellationToken))
                {
                    if (stale.Count >= MostStale)
                    {
                        return new LookupResult(LookupMatch.None, null, stale);
                    }

                    if ((await ValidateAsync(candidate, stale, cancellationToken)).Entry is { } match)
                    {
                        return new LookupResult(candidate.Key.Equals(exact) ? LookupMatch.Exact : LookupMatch.RestoreKey, match, stale);
                    }
                }
            }
        }

        return new LookupResult(LookupMatch.None, null, stale);
    }

    /// <summary>Lists entries, the newest first, without asking for their content.</summary>
    /// <param name="restoreKey">Only those that it matches; <see langword="null"/> for all.</param>
    /// <param name="cancellationToken">Stops the listing.</param>
    public IAsyncEnumerable<CacheEntry> ListAsync(CacheKey? restoreKey = null, CancellationToken cancellationToken = default) =>
        ListAsync(store.Entries, restoreKey, cancellationToken);

    /// <summary>Lists entries as <see cref="ListAsync(CacheKey?, CancellationToken)"/> does, those too that lookups take for absent because the policy of signatures does not accept them.</summary>
    /// <inheritdoc cref="ListAsync(CacheKey?, CancellationToken)"/>
    public IAsyncEnumerable<CacheEntry> ListEverythingAsync(CacheKey? restoreKey = null, CancellationToken cancellationToken = default) =>
        ListAsync(store.Entries.Everything, restoreKey, cancellationToken);

    /// <summary>Saves files and directories under a key: their blobs first, the entry last.</summary>
    /// <param name="key">The key.</param>
    /// <param name="paths">What to save, and as what. The order is kept.</param>
    /// <param name="details">What else the entry says.</param>
    /// <param name="replace">Whether a good entry under the key gives way.</param>
    /// <param name="progress">Is told how far it has come.</param>
    /// <param name="cancellationToken">Stops before the entry is visible.</param>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.InputNotFound"/>, <see cref="ErrorId.UnsupportedFile"/> or <see cref="ErrorId.StoreUnavailable"/>; nothing is visible then.
    /// </exception>
    public async ValueTask<SaveResult> SaveAsync(
        CacheKey key, IReadOnlyList<PathToSave> paths, EntryDetails details, bool replace = false,
        IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (!replace && (await FindAsync(key, cancellationToken: cancellationToken)).Entry is { } existing && !(existing.Indexed is { } there && store.Entries.Yields(there)))
        {
            return new SaveResult(existing, Saved: false);
        }

        // What changes while it is saved is not known to be saved.
        IReadOnlyList<(string, DateTime)> times = details.Placed is null ? [] : PlacedDirectories.TimesOf(paths.Select(path => path.FullPath).Where(PathMove.IsDirectory));
        await using IBlobUpload upload = store.Blobs.BeginUpload();
        var saver = new TreeSaver(upload, memory, details);
        IReadOnlyList<SavedPath> saved = await saver.SaveAsync(paths, progress, cancellationToken);
        Digest? fingerprint = null;
        if (details.Fingerprint is { } inputs)
        {
            await upload.AddAsync(inputs.Digest, inputs.Bytes, cancellationToken);
            fingerprint = inputs.Digest;
        }

        Digest? output = null;
        if (details.Output is { } printed)
        {
            output = Digest.Of(printed.Span);
            await upload.AddAsync(output.Value, printed, cancellationToken);
        }

        await upload.CompleteAsync(cancellationToken);
        DateTimeOffset now = _clock.GetUtcNow();
        var entry = new CacheEntry(key, saved, now, details.Creator, details.WorkDuration, fingerprint, output) { LastUsed = now, HasOutsideLinks = saver.HasOutsideLinks };
        var record = new EntryRecord(EntryCodec.Encode(entry), EntryTrees.ContentOf(entry, saver.Blobs));
        if (!await store.Entries.PutAsync(key, record, replace, cancellationToken))
        {
            // Somebody saved the same key meanwhile. Theirs stays, if it is good.
            if ((await FindAsync(key, cancellationToken: cancellationToken)).Entry is { } theirs)
            {
                return new SaveResult(theirs, Saved: false);
            }

            if (await IsHiddenAsync(key, cancellationToken) || !await store.Entries.PutAsync(key, record, replace: true, cancellationToken))
            {
                return new SaveResult(entry, Saved: false);
            }
        }

        details.Placed?.Note(times);
        return new SaveResult(entry, Saved: true);
    }

    /// <summary>Restores an entry: every file verified beside its destination, then all moved into place. On any failure the destination is as it was.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="destination">Gives the full path at which each of the entry's paths belongs.</param>
    /// <param name="options">How; <see langword="null"/> for the default.</param>
    /// <param name="progress">Is told how far it has come.</param>
    /// <param name="cancellationToken">Stops; the destination is then as it was.</param>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.BlobMissing"/> or <see cref="ErrorId.BlobCorrupt"/>: the store lost or damaged something; the entry was removed.
    /// <see cref="ErrorId.UnsupportedFile"/>: a link of it leads out of what was saved, and <paramref name="options"/> do not allow that.
    /// <see cref="ErrorId.DestinationNotEmpty"/>: a destination holds files that <paramref name="options"/> protect.
    /// <see cref="ErrorId.UnexpectedPath"/>: the entry holds something that <paramref name="options"/> do not expect.
    /// <see cref="ErrorId.StoreUnavailable"/>: the store refused. Others: the destination did.
    /// </exception>
    public async ValueTask RestoreAsync(
        CacheEntry entry, Func<SavedPath, string> destination, RestoreOptions? options = null, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        try
        {
            options ??= new();
            options.Expected?.Check(entry);
            EntryTrees trees = entry.Trees ?? await EntryTrees.ReadAsync(entry, store.Blobs, cancellationToken);
            if (options.Protects is { } placed)
            {
                RestoreDestination.RefuseForeignFiles(entry, trees, destination, placed, cancellationToken);
            }

            EntryContent content = await TreeRestorer.RestoreAsync(store.Blobs, entry with { Trees = trees }, destination, options, progress, cancellationToken);
            options.Protects?.Note(PlacedDirectories.TimesOf(entry.Paths.Where(path => path.IsDirectory).Select(destination)));
            if (entry.Indexed is { } indexed)
            {
                await store.Entries.MarkRestoredAsync(indexed, content, cancellationToken);
            }
        }
        catch (BuildCacheException error) when (Purges && IsOfContent(error))
        {
            await TryRemoveAsync(entry, cancellationToken);
            throw;
        }
    }

    /// <summary>Restores an entry below the directory that its paths are relative to; <see cref="ErrorId.UnsafePath"/> where one of them passes through a link there.</summary>
    /// <inheritdoc cref="RestoreAsync(CacheEntry, Func{SavedPath, string}, RestoreOptions?, IProgress{TransferProgress}?, CancellationToken)"/>
    public ValueTask RestoreAsync(
        CacheEntry entry, string root, RestoreOptions? options = null, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default) =>
        RestoreAsync(entry, path => RootedPath.Of(root, path.Path), options, progress, cancellationToken);

    /// <summary>Finds the best entry and restores it; one whose content turns out to be lost or damaged is removed, and the next best is taken.</summary>
    /// <param name="key">The key.</param>
    /// <param name="restoreKeys">What else may match, in order.</param>
    /// <param name="scopes">The scopes to look in, in order, in place of the keys' own.</param>
    /// <param name="destination">Gives the full path at which each of an entry's paths belongs.</param>
    /// <param name="options">How; <see langword="null"/> for the default.</param>
    /// <param name="found">The answer of a lookup that was just made with the same keys, or none.</param>
    /// <param name="progress">Is told how far it has come.</param>
    /// <param name="cancellationToken">Stops; the destination is then as it was.</param>
    /// <returns>What was restored. Its stale entries are also those whose content was found damaged here.</returns>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.StoreUnavailable"/>: the store could not say, or the destination refused.
    /// <see cref="ErrorId.UnsupportedFile"/>: a link of the entry leads out of what was saved, and <paramref name="options"/> do not allow that.
    /// </exception>
    public async ValueTask<LookupResult> FindAndRestoreAsync(
        CacheKey key, IReadOnlyList<CacheKey>? restoreKeys, IReadOnlyList<CacheScope>? scopes, Func<SavedPath, string> destination,
        RestoreOptions? options = null, LookupResult? found = null, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        List<CacheEntry> damaged = [];
        while (true)
        {
            LookupResult result = found ?? await FindAsync(key, restoreKeys, scopes, cancellationToken);
            found = null;
            // Found again, it could not be removed; so it would be each time.
            if (result.Entry is not { } entry || damaged.Count >= MostStale || damaged.Exists(known => known.Key.Equals(entry.Key) && known.Created == entry.Created))
            {
                return new LookupResult(LookupMatch.None, null, [.. damaged, .. result.Stale]);
            }

            try
            {
                await RestoreAsync(entry, destination, options with { Times = options.Times ?? result.Times }, progress, cancellationToken);
                return result with { Stale = [.. damaged, .. result.Stale] };
            }
            catch (BuildCacheException error) when (IsOfContent(error))
            {
                damaged.Add(entry);
            }
        }
    }

    /// <summary>Finds the best entry and restores it below the directory that its paths are relative to.</summary>
    /// <inheritdoc cref="FindAndRestoreAsync(CacheKey, IReadOnlyList{CacheKey}?, IReadOnlyList{CacheScope}?, Func{SavedPath, string}, RestoreOptions?, LookupResult?, IProgress{TransferProgress}?, CancellationToken)"/>
    public ValueTask<LookupResult> FindAndRestoreAsync(
        CacheKey key, IReadOnlyList<CacheKey>? restoreKeys, string root, IReadOnlyList<CacheScope>? scopes = null, RestoreOptions? options = null,
        LookupResult? found = null, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default) =>
        FindAndRestoreAsync(key, restoreKeys, scopes, path => RootedPath.Of(root, path.Path), options, found, progress, cancellationToken);

    /// <summary>Reads what the work of an entry printed, or <see langword="null"/> when nothing was kept or the store has lost it.</summary>
    public async ValueTask<byte[]?> ReadOutputAsync(CacheEntry entry, CancellationToken cancellationToken = default) =>
        entry.Output is { } blob ? await store.Blobs.ReadAsync(blob, cancellationToken) : null;

    /// <summary>Reads the fingerprint of an entry, or <see langword="null"/> when it has none or the store has lost it.</summary>
    public async ValueTask<Fingerprint?> ReadFingerprintAsync(CacheEntry entry, CancellationToken cancellationToken = default) =>
        entry.Fingerprint is { } blob && await store.Blobs.ReadAsync(blob, cancellationToken) is { } bytes ? Fingerprint.Parse(bytes) : null;

    /// <summary>Removes an entry that was listed, unless it was replaced since; another one under its key, in another tier, stays.</summary>
    /// <returns>Whether it was removed.</returns>
    public async ValueTask<bool> RemoveAsync(CacheEntry entry, CancellationToken cancellationToken = default) =>
        entry.Indexed is { } indexed && await store.Entries.Everything.RemoveAsync(indexed, cancellationToken);

    /// <summary>Removes the entry of exactly this key, whoever signed it. What it held goes when the store is next pruned.</summary>
    /// <returns>Whether there was one.</returns>
    public async ValueTask<bool> RemoveAsync(CacheKey key, CancellationToken cancellationToken = default)
    {
        bool removed = false;
        // Each tier may have one.
        IEntryIndex entries = store.Entries.Everything;
        while (await entries.GetAsync(key, cancellationToken) is { } indexed && await entries.RemoveAsync(indexed, cancellationToken))
        {
            removed = true;
        }

        return removed;
    }

    private static async IAsyncEnumerable<CacheEntry> ListAsync(
        IEntryIndex index, CacheKey? restoreKey, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (IndexedEntry indexed in index.ListAsync(restoreKey, cancellationToken))
        {
            CacheEntry entry;
            try
            {
                entry = EntryCodec.Decode(indexed);
            }
            catch (BuildCacheException error) when (error.Id == ErrorId.BlobCorrupt)
            {
                continue;
            }

            yield return entry;
        }
    }

    private static bool IsOfContent(BuildCacheException error) => error.Id == ErrorId.BlobMissing || error.Id == ErrorId.BlobCorrupt;

    private async ValueTask<(CacheEntry? Entry, bool Removed)> ValidateAsync(IndexedEntry indexed, List<CacheEntry> stale, CancellationToken cancellationToken)
    {
        CacheEntry? entry = null;
        try
        {
            entry = EntryCodec.Decode(indexed);
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.BlobCorrupt)
        {
            // Falls through: a record that cannot be read is as stale as one whose blobs are gone.
        }

        if (entry is not null
            && await EntryTrees.TryReadAsync(entry, store.Blobs, cancellationToken) is { } trees
            && await HasAllAsync(trees.ContentOf(entry), entry, cancellationToken))
        {
            await store.Entries.MarkUsedAsync(indexed, cancellationToken);
            return (entry with { Trees = trees }, false);
        }

        stale.Add(entry ?? new CacheEntry(indexed.Key, [], default, "", default, null, null));
        if (Purges)
        {
            try
            {
                return (null, await store.Entries.RemoveAsync(indexed, cancellationToken));
            }
            catch (BuildCacheException error) when (error.IsStoreFailure)
            {
                // A store that may only be read keeps its stale entries; the lookup passes over them all the same.
            }
        }

        return (null, false);
    }

    // What does not count here stays for those for whom it does.
    private async ValueTask<bool> IsHiddenAsync(CacheKey key, CancellationToken cancellationToken)
    {
        try
        {
            return await store.Entries.GetAsync(key, cancellationToken) is null && await store.Entries.Everything.GetAsync(key, cancellationToken) is not null;
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.UnsupportedFormat)
        {
            return true;
        }
    }

    private async ValueTask<bool> HasAllAsync(EntryContent content, CacheEntry entry, CancellationToken cancellationToken)
    {
        // An entry is good without what explains it.
        IReadOnlyList<Digest> missing = await store.Blobs.FindMissingAsync(content.Blobs, cancellationToken);
        return missing.All(blob => blob == entry.Fingerprint && blob != entry.Output && entry.Paths.All(path => path.Digest != blob));
    }

    private async ValueTask TryRemoveAsync(CacheEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            // Another process may have saved the key anew since this entry was found; that one stays.
            if (await store.Entries.GetAsync(entry.Key, cancellationToken) is { } indexed && EntryCodec.Decode(indexed).Created == entry.Created)
            {
                await store.Entries.RemoveAsync(indexed, cancellationToken);
            }
        }
        catch (BuildCacheException)
        {
            // The failure that led here is the one to report.
        }
    }
}

/// <summary>A file or directory to save.</summary>
/// <param name="Name">What it is called in the entry: a relative path with <c>/</c>.</param>
/// <param name="FullPath">Where it is.</param>
/// <param name="Expected">Of a file: the digest that it must still have, or nothing is saved. <see langword="null"/> takes what is there.</param>
public readonly record struct PathToSave(string Name, string FullPath, Digest? Expected = null)
{
    /// <summary>Names paths of a workspace by their place in it, sorted, each once; what lies inside of another is saved with that.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.PathOutsideWorkspace"/>; <see cref="ErrorId.UnsafePath"/>: it would not be restored.</exception>
    public static IReadOnlyList<PathToSave> Below(string root, IEnumerable<string> paths)
    {
        SortedSet<string> names = new(paths.Select(path => SafePath.RelativeTo(root, path)), StringComparer.Ordinal);
        foreach (string name in names)
        {
            RootedPath.RefuseGit(name);
        }

        return [.. names.Where(name => !Parents(name).Any(names.Contains)).Select(name => new PathToSave(name, Path.Combine(root, name)))];
    }

    private static IEnumerable<string> Parents(string name)
    {
        for (int slash = name.LastIndexOf('/'); slash > 0; slash = name.LastIndexOf('/', slash - 1))
        {
            yield return name[..slash];
        }
    }
}

/// <summary>What an entry says besides its paths.</summary>
/// <param name="Creator">The program that saves it.</param>
/// <param name="WorkDuration">How long the work took.</param>
/// <param name="Fingerprint">The inputs of the work, or none.</param>
/// <param name="Output">What the work printed, or nothing.</param>
public sealed record EntryDetails(string Creator, TimeSpan WorkDuration = default, Fingerprint? Fingerprint = null, ReadOnlyMemory<byte>? Output = null)
{
    /// <summary>What is kept of files and directories besides their content.</summary>
    public KeptProperties Keeps { get; init; } = KeptProperties.All;

    /// <summary>Whether links are saved that lead out of what is saved. A restore has to allow them too.</summary>
    public bool AllowsOutsideLinks { get; init; }

    /// <summary>Is told of the directories that were saved; <see langword="null"/> to tell nobody.</summary>
    public PlacedDirectories? Placed { get; init; }
}
