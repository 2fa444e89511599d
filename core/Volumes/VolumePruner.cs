using BuildCache.Locks;
using BuildCache.Pruning;

namespace BuildCache.Volumes;

/// <summary>Removes volumes by age and size. What is held or mounted is never touched, nor what was used within the policy's keep duration.</summary>
/// <remarks>Free copies of a private volume go one by one; the rest of it goes after the last of them.</remarks>
/// <param name="volumes">The volumes.</param>
public sealed class VolumePruner(CacheVolumes volumes)
{
    private readonly VolumeFiles _files = volumes.Files;

    /// <summary>Works out what goes, without removing anything.</summary>
    public VolumePruneResult Plan(PrunePolicy policy, CancellationToken cancellationToken = default)
    {
        List<Candidate> candidates = Candidates(cancellationToken);
        return Walk(candidates, policy, (candidate, _) => !candidate.IsInUse, cancellationToken);
    }

    /// <summary>Prunes.</summary>
    /// <param name="policy">What goes.</param>
    /// <param name="approves">Asked about each before it goes; <see langword="null"/> approves of all.</param>
    /// <param name="cancellationToken">Stops; what went is gone.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.StoreUnavailable"/>: the file system refuses.</exception>
    public VolumePruneResult Prune(PrunePolicy policy, Func<PrunedVolume, bool>? approves = null, CancellationToken cancellationToken = default)
    {
        _files.BeforeWrite();
        FileLock.SweepDead(_files.Locks);
        var removal = new VolumeRemoval(_files);
        return Walk(Candidates(cancellationToken), policy, (candidate, planned) => !candidate.IsInUse && approves?.Invoke(planned) != false && (candidate.Copy is { } copy
            ? removal.TryRemoveCopy(candidate.Volume, copy, candidate.LastUsed)
            : removal.TryRemove(candidate.Volume, candidate.LastUsed) is not null), cancellationToken);
    }

    private VolumePruneResult Walk(List<Candidate> candidates, PrunePolicy policy, Func<Candidate, PrunedVolume, bool> remove, CancellationToken cancellationToken)
    {
        DateTimeOffset now = volumes.Clock.GetUtcNow();
        long total = candidates.Sum(candidate => candidate.Bytes);
        long? keep = policy.Budget?.BytesToKeep(total, DiskSpace.Of(volumes.Root));
        List<PrunedVolume> removed = [];
        int kept = 0;
        var stillHasCopies = new HashSet<string>(StringComparer.Ordinal);
        // The expired come first, being those that were not used for longest. Then the oldest, then the largest; a volume after its copies.
        foreach (Candidate candidate in candidates.OrderBy(candidate => candidate.LastUsed).ThenBy(candidate => candidate.Volume.Created)
            .ThenByDescending(candidate => candidate.Copy is not null).ThenByDescending(candidate => candidate.Bytes))
        {
            cancellationToken.ThrowIfCancellationRequested();
            TimeSpan unused = now - candidate.LastUsed;
            string? reason = policy.ExpiresAfter is { } age && unused > age ? $"not used for more than {age}"
                : policy.KeepDuration is { } duration && unused <= duration ? null
                : keep is { } bytes && total > bytes ? $"least recently used, and the volumes hold more than {ByteSize.Format(bytes)}"
                : null;
            var planned = new PrunedVolume(candidate.Volume, candidate.Copy, candidate.Bytes, reason ?? "");
            if (reason is not null && (candidate.Copy is not null || !stillHasCopies.Contains(candidate.Volume.Name)) && remove(candidate, planned))
            {
                removed.Add(planned);
                total -= candidate.Bytes;
            }
            else
            {
                kept++;
                stillHasCopies.Add(candidate.Volume.Name);
            }
        }

        return new VolumePruneResult(removed, kept, total);
    }

    private List<Candidate> Candidates(CancellationToken cancellationToken) => _files.Guard(() =>
    {
        IReadOnlySet<string> mounted = VolumeMounts.Targets(_files);
        List<Candidate> candidates = [];
        foreach (CacheVolume volume in volumes.List())
        {
            cancellationToken.ThrowIfCancellationRequested();
            IReadOnlyList<VolumeHolder> holders = volume.Holders;
            long copies = 0;
            foreach (int copy in VolumeLayout.CopiesOf(volume.Directory))
            {
                string path = VolumeLayout.CopyOf(volume.Directory, copy);
                long bytes = VolumeUsage.Below(path).Bytes;
                copies += bytes;
                candidates.Add(new Candidate(volume, copy, bytes, VolumeRecord.LastUsed(volume.Directory, copy, volume.Created),
                    mounted.Contains(path) || holders.Any(holder => holder.Copy == copy)));
            }

            candidates.Add(new Candidate(volume, null, volume.Size - copies, volume.LastUsed, holders.Count > 0 || (volume.Path is { } data && mounted.Contains(data))));
        }

        return candidates;
    });

    private sealed record Candidate(CacheVolume Volume, int? Copy, long Bytes, DateTimeOffset LastUsed, bool IsInUse);
}

/// <summary>A volume, or a copy of one, that was pruned or would be.</summary>
/// <param name="Volume">The volume.</param>
/// <param name="Copy">The number of the copy of a private volume; <see langword="null"/> for all that is left of the volume.</param>
/// <param name="Bytes">What it took.</param>
/// <param name="Reason">Why it goes.</param>
public sealed record PrunedVolume(CacheVolume Volume, int? Copy, long Bytes, string Reason);

/// <summary>What pruning did, or would do.</summary>
/// <param name="Removed">What went, in this order.</param>
/// <param name="Kept">How many volumes and copies stay.</param>
/// <param name="BytesKept">What these take.</param>
public sealed record VolumePruneResult(IReadOnlyList<PrunedVolume> Removed, int Kept, long BytesKept);
