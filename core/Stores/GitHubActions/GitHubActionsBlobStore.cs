using System.Collections.Concurrent;
using BuildCache.Content;
using BuildCache.Stores.File;
using BuildCache.Stores.Packs;

namespace BuildCache.Stores.GitHubActions;

/// <summary>Blobs as archives: large ones by themselves, small ones in packs, whose places entries tell.</summary>
internal sealed class GitHubActionsBlobStore : IBlobStore
{
    // Ranges of packs are held in memory.
    private const int PackRanges = 4;

    private readonly Archives _archives;
    private readonly BlobLocations _locations;
    private readonly MissedKeys _missed;
    private readonly PackReader _packs;
    private readonly LargeBlobReader _large;

    public GitHubActionsBlobStore(Archives archives, BlobLocations locations, MissedKeys missed)
    {
        (_archives, _locations, _missed) = (archives, locations, missed);
        _large = new LargeBlobReader(archives);
        _packs = new PackReader(
            (pack, offset, destination, cancellationToken) => archives.ReadAsync(PackOf(pack), offset, destination, cancellationToken),
            PackRanges,
            locations.Forget,
            (slice, _) =>
            {
                // Nothing is removed for that: an archive cannot be. It is passed over, and stored anew under a newer name.
                archives.MarkLost(PackOf(slice.Pack));
                return new(true);
            });
    }

    public async ValueTask<IReadOnlyList<Digest>> FindMissingAsync(IReadOnlyCollection<Digest> blobs, CancellationToken cancellationToken)
    {
        List<Digest> missing = [];
        List<Digest> unknown = [.. blobs.Where(blob => blob.Size > 0).Distinct()];
        while (unknown.Count > 0)
        {
            ILookup<string?, Digest> packs = unknown.Where(IsSmall).ToLookup(blob => _locations.Find(blob)?.Pack);
            missing.AddRange(packs[null]);
            ConcurrentBag<string> lost = [];
            IEnumerable<(string Prefix, Action Lost)> archives =
                [.. packs.Where(pack => pack.Key is not null).Select(pack => (PackOf(pack.Key!), new Action(() => lost.Add(pack.Key!)))),
                    .. unknown.Where(blob => !IsSmall(blob)).Select(blob => (BlobOf(blob), new Action(() => Add(missing, blob))))];
            await Parallel.ForEachAsync(archives, Parallelism(Bounds.Questions, cancellationToken), async (archive, cancellationToken) =>
            {
                if (await _archives.FindAsync(archive.Prefix, cancellationToken) is null)
                {
                    archive.Lost();
                }
            });

            // What was in a pack that is lost may be in another one too.
            foreach (string pack in lost)
            {
                _locations.Forget(pack);
            }

            unknown = [.. lost.SelectMany(pack => packs[pack])];
        }

        return missing;
    }

    public async ValueTask<IReadOnlyDictionary<Digest, byte[]>> ReadAsync(IReadOnlyCollection<Digest> blobs, CancellationToken cancellationToken)
    {
        var found = new ConcurrentDictionary<Digest, byte[]>();
        List<PackSlice> slices = [];
        List<Digest> large = [];
        foreach (Digest blob in blobs.Distinct())
        {
            if (blob.Size == 0)
            {
                found[blob] = [];
            }
            else if (!IsSmall(blob))
            {
                large.Add(blob);
            }
            else if (_locations.Find(blob) is { } slice)
            {
                slices.Add(slice);
            }
        }

        foreach ((Digest blob, byte[] content) in await _packs.ReadAsync(slices, cancellationToken))
        {
            found[blob] = content;
        }

        foreach (Digest blob in large)
        {
            if (await _large.ReadAsync(blob, cancellationToken) is { } content)
            {
                found[blob] = content;
            }
        }

        return found;
    }

    public async ValueTask ReadFilesAsync(IReadOnlyList<BlobTarget> targets, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        List<(BlobTarget, PackSlice)> small = [];
        List<BlobTarget> large = [];
        foreach (BlobTarget target in targets)
        {
            if (target.Blob.Size > PackLimits.LargestBlob)
            {
                large.Add(target);
            }
            else if (target.Blob.Size > 0)
            {
                small.Add((target, _locations.Find(target.Blob) ?? throw LargeBlobReader.Missing(target.Blob)));
            }
            else
            {
                BlobFile.WriteNew(target.Path, [], target.Mode);
                progress?.Report(1);
            }
        }

        await _packs.ReadFilesAsync(small, progress, cancellationToken);
        await Parallel.ForEachAsync(large.GroupBy(target => target.Blob), Parallelism(Bounds.Transfers, cancellationToken), async (targets, cancellationToken) =>
        {
            await _large.ReadFilesAsync(targets.Key, [.. targets], cancellationToken);
            progress?.Report(targets.Count());
        });
    }

    public IBlobUpload BeginUpload()
    {
        _archives.ForgetFound();
        return new GitHubActionsUpload(this);
    }

    /// <summary>Learns what may lie in the store already, before something is stored.</summary>
    public ValueTask PrepareUploadAsync(CancellationToken cancellationToken) => _missed.LearnAsync(cancellationToken);

    /// <summary>Whether a blob that is not empty is in the store, as far as can be known.</summary>
    public async ValueTask<bool> HasAsync(Digest blob, CancellationToken cancellationToken) =>
        (!IsSmall(blob) || _locations.Find(blob) is not null) && (await FindMissingAsync([blob], cancellationToken)).Count == 0;

    /// <summary>Stores a pack; its blobs can be found from then on.</summary>
    public async ValueTask WriteAsync(Pack pack, CancellationToken cancellationToken)
    {
        await _archives.WriteAsync(PackOf(pack.Listing.Pack), new MemoryArchiveContent(pack.Content), cancellationToken);
        _locations.Learn([pack.Listing]);
    }

    /// <summary>Stores a large blob.</summary>
    public ValueTask WriteAsync(Digest blob, ArchiveContent content, CancellationToken cancellationToken) =>
        _archives.WriteAsync(BlobOf(blob), content, cancellationToken);

    public static ParallelOptions Parallelism(int most, CancellationToken cancellationToken) =>
        new() { MaxDegreeOfParallelism = most, CancellationToken = cancellationToken };

    public static string BlobOf(Digest blob) => Archives.PrefixOf("blob", blob.Hash);

    private static bool IsSmall(Digest blob) => blob.Size <= PackLimits.LargestBlob;

    private static void Add(List<Digest> missing, Digest blob)
    {
        lock (missing)
        {
            missing.Add(blob);
        }
    }

    private static string PackOf(string pack) => Archives.PrefixOf("pack", pack);
}
