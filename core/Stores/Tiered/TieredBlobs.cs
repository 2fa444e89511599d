using System.Collections.Concurrent;
using BuildCache.Content;
using FileIO = System.IO.File;

namespace BuildCache.Stores.Tiered;

/// <summary>Blobs of several stores as those of one.</summary>
internal sealed class TieredBlobs(Tier[] tiers) : IBlobStore
{
    // By tier: what it should have by now and does not, because it failed while that was sent.
    private readonly ConcurrentDictionary<Digest, byte>[] _lost = [.. tiers.Select(_ => new ConcurrentDictionary<Digest, byte>())];

    /// <summary>Whether a tier, by its number, failed to take some of these blobs.</summary>
    public bool HasLost(int tier, IEnumerable<Digest> blobs) => !_lost[tier].IsEmpty && blobs.Any(_lost[tier].ContainsKey);

    public async ValueTask<IReadOnlyList<Digest>> FindMissingAsync(IReadOnlyCollection<Digest> blobs, CancellationToken cancellationToken)
    {
        IReadOnlyCollection<Digest> missing = blobs;
        Tier? failed = null;
        foreach (Tier tier in tiers)
        {
            if (missing.Count == 0)
            {
                break;
            }

            (bool answered, IReadOnlyList<Digest>? rest) = await tier.TryAsync(store => store.Blobs.FindMissingAsync(missing, cancellationToken));
            missing = answered ? rest! : missing;
            failed ??= answered ? null : tier;
        }

        // That the others do not have it says nothing about the one that did not answer.
        return missing.Count > 0 && failed is not null ? throw failed.Failure : [.. missing];
    }

    public async ValueTask<IReadOnlyDictionary<Digest, byte[]>> ReadAsync(IReadOnlyCollection<Digest> blobs, CancellationToken cancellationToken)
    {
        var found = new Dictionary<Digest, byte[]>();
        Tier? failed = null;
        BuildCacheException? corrupt = null;
        for (int i = 0; i < tiers.Length && found.Count < blobs.Count; i++)
        {
            IReadOnlyCollection<Digest> rest = i == 0 ? blobs : [.. blobs.Where(blob => !found.ContainsKey(blob))];
            try
            {
                (bool answered, IReadOnlyDictionary<Digest, byte[]>? here) = await tiers[i].TryAsync(store => store.Blobs.ReadAsync(rest, cancellationToken));
                failed ??= answered ? null : tiers[i];
                foreach ((Digest blob, byte[] content) in here ?? new Dictionary<Digest, byte[]>())
                {
                    found[blob] = content;
                }

                if (i > 0 && here is { Count: > 0 })
                {
                    await KeepAsync(i, async upload =>
                    {
                        foreach ((Digest blob, byte[] content) in here)
                        {
                            await upload.AddAsync(blob, content, cancellationToken);
                        }
                    }, here.Keys, cancellationToken);
                }
            }
            catch (BuildCacheException error) when (error.Id == ErrorId.BlobCorrupt)
            {
                // It was dropped there; a farther tier may have a sound one.
                corrupt ??= error;
            }
        }

        return found.Count == blobs.Count ? found
            : corrupt is not null ? throw corrupt
            : failed is not null ? throw failed.Failure
            : found;
    }

    public async ValueTask ReadFilesAsync(IReadOnlyList<BlobTarget> targets, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        IReadOnlyList<BlobTarget> rest = targets;
        Tier? failed = null;
        BuildCacheException? problem = null;
        for (int i = 0; i < tiers.Length && rest.Count > 0; i++)
        {
            // The last one says itself what it does not have.
            HashSet<Digest> missing = [];
            if (i < tiers.Length - 1)
            {
                (bool isThere, IReadOnlyList<Digest>? lacking) = await tiers[i].TryAsync(
                    store => store.Blobs.FindMissingAsync([.. rest.Select(target => target.Blob).Distinct()], cancellationToken));
                if (!isThere)
                {
                    failed ??= tiers[i];
                    continue;
                }

                missing.UnionWith(lacking!);
            }

            List<BlobTarget> here = [.. rest.Where(target => !missing.Contains(target.Blob))];
            if (here.Count == 0)
            {
                continue;
            }

            try
            {
                (bool answered, _) = await tiers[i].TryAsync(async store =>
                {
                    await store.Blobs.ReadFilesAsync(here, progress, cancellationToken);
                    return true;
                }, isShort: false);
                if (!answered)
                {
                    failed ??= tiers[i];
                    Clear(here);
                    continue;
                }
            }
            catch (BuildCacheException error) when (error.Id == ErrorId.BlobCorrupt || error.Id == ErrorId.BlobMissing)
            {
                problem ??= error;
                Clear(here);
                continue;
            }

            rest = [.. rest.Where(target => missing.Contains(target.Blob))];
            if (i > 0)
            {
                List<BlobSource> sources = [.. here.DistinctBy(target => target.Blob).Select(target => new BlobSource(target.Path, target.Blob))];
                await KeepAsync(i, async upload => await upload.AddFilesAsync(sources, cancellationToken), here.Select(target => target.Blob), cancellationToken);
            }
        }

        if (rest.Count > 0)
        {
            throw failed?.Failure ?? problem ?? new BuildCacheException(ErrorId.BlobMissing, $"The blob {rest[0].Blob} is in none of the stores. The entry that names it is stale.");
        }
    }

    public IBlobUpload BeginUpload() => new Upload(this, tiers);

    /// <summary>Copies to the nearer tiers what was just read from one. That they fail to take it is no failure of the reading.</summary>
    public async ValueTask KeepAsync(int origin, Func<IBlobUpload, ValueTask> add, IEnumerable<Digest> blobs, CancellationToken cancellationToken)
    {
        for (int i = 0; i < origin; i++)
        {
            if (!tiers[i].AcceptsWrites)
            {
                continue;
            }

            (bool kept, _) = await tiers[i].TryWriteAsync(async store =>
            {
                await using IBlobUpload upload = store.Blobs.BeginUpload();
                await add(upload);
                await upload.CompleteAsync(cancellationToken);
                return true;
            });
            Note(i, blobs, kept);
        }
    }

    private void Note(int tier, IEnumerable<Digest> blobs, bool stored)
    {
        if (stored && _lost[tier].IsEmpty)
        {
            return;
        }

        foreach (Digest blob in blobs)
        {
            if (stored)
            {
                _lost[tier].TryRemove(blob, out _);
            }
            else
            {
                _lost[tier][blob] = 0;
            }
        }
    }

    // Whichever of them were written, the next tier begins with none.
    private static void Clear(List<BlobTarget> targets)
    {
        foreach (BlobTarget target in targets)
        {
            FileIO.Delete(target.Path);
        }
    }

    /// <summary>An upload to every tier that takes writes. It is complete when one of them has all.</summary>
    private sealed class Upload(TieredBlobs blobs, Tier[] tiers) : IBlobUpload
    {
        private readonly (int Number, Tier Tier, IBlobUpload Upload)[] _all =
            [.. tiers.Index().Where(tier => tier.Item.AcceptsWrites).Select(tier => (tier.Index, tier.Item, tier.Item.Store.Blobs.BeginUpload()))];

        private readonly HashSet<int> _failed = [];
        private readonly HashSet<Digest> _sent = [];

        public async ValueTask<IReadOnlyList<Digest>> AddFilesAsync(IReadOnlyList<BlobSource> sources, CancellationToken cancellationToken)
        {
            IReadOnlyList<Digest>? digests = null;
            foreach ((int number, Tier tier, IBlobUpload upload) in _all)
            {
                if (_failed.Contains(number))
                {
                    continue;
                }

                // What the first one has computed the others need not.
                IReadOnlyList<BlobSource> known = digests is null ? sources : [.. sources.Zip(digests, (source, digest) => source with { Known = digest })];
                (bool added, IReadOnlyList<Digest>? result) = await tier.TryWriteAsync(_ => upload.AddFilesAsync(known, cancellationToken));
                if (!added)
                {
                    _failed.Add(number);
                }
                else if (digests is not null && !digests.SequenceEqual(result!))
                {
                    throw new BuildCacheException(ErrorId.InputChanged, $"A file among '{sources[0].Path}' and others changed while it was saved. Save again when nothing writes to them.");
                }

                digests ??= result;
            }

            digests = digests ?? throw NobodyTakes();
            _sent.UnionWith(digests);
            return digests;
        }

        public async ValueTask AddAsync(Digest blob, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            await ForEachAsync(async upload => await upload.AddAsync(blob, content, cancellationToken));
            _sent.Add(blob);
        }

        public async ValueTask CompleteAsync(CancellationToken cancellationToken)
        {
            await ForEachAsync(async upload => await upload.CompleteAsync(cancellationToken));
            foreach ((int number, _, _) in _all)
            {
                blobs.Note(number, _sent, !_failed.Contains(number));
            }
        }

        public async ValueTask DisposeAsync()
        {
            foreach ((_, _, IBlobUpload upload) in _all)
            {
                await upload.DisposeAsync();
            }
        }

        private async ValueTask ForEachAsync(Func<IBlobUpload, ValueTask> action)
        {
            foreach ((int number, Tier tier, IBlobUpload upload) in _all)
            {
                if (!_failed.Contains(number))
                {
                    (bool done, _) = await tier.TryWriteAsync(async _ =>
                    {
                        await action(upload);
                        return true;
                    });
                    if (!done)
                    {
                        _failed.Add(number);
                    }
                }
            }

            if (_failed.Count == _all.Length)
            {
                throw NobodyTakes();
            }
        }

        private BuildCacheException NobodyTakes() => Refusal(tiers);
    }

    /// <summary>The error of a write that no tier took.</summary>
    public static BuildCacheException Refusal(Tier[] tiers) =>
        tiers.FirstOrDefault(tier => tier.HasFailed)?.Failure
        ?? new BuildCacheException(ErrorId.StoreAccessDenied, $"None of the stores may be written ({string.Join(", ", tiers.Select(tier => tier.Store.Uri))}). Take 'readonly' from the URI of one, or save to another.");
}
