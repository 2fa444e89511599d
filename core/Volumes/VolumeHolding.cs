using BuildCache.Locks;

namespace BuildCache.Volumes;

/// <summary>Takes the locks of volumes, within a time for all of them together.</summary>
internal sealed class VolumeHolding(CacheVolumes volumes, TimeSpan? timeout, CancellationToken cancellationToken)
{
    private readonly VolumeFiles _files = volumes.Files;
    private readonly TimeProvider _clock = volumes.Clock;
    private readonly long _started = volumes.Clock.GetTimestamp();

    /// <param name="wanted">The volumes.</param>
    /// <param name="alone">Whether to hold each whole volume alone, whatever its sharing.</param>
    public async Task<VolumeHold> HoldAsync(IReadOnlyList<CacheVolume> wanted, bool alone)
    {
        var hold = new VolumeHold(_clock);
        try
        {
            var held = new Dictionary<string, CacheVolume>(StringComparer.Ordinal);
            // In one order everywhere: two that want the same ones never wait for each other.
            foreach (CacheVolume volume in wanted.DistinctBy(volume => volume.Name).OrderBy(volume => volume.Name, StringComparer.Ordinal))
            {
                held[volume.Name] = await HoldAsync(hold, volume, alone);
            }

            hold.Volumes = [.. wanted.Select(volume => held[volume.Name])];
            return hold;
        }
        catch
        {
            hold.Dispose();
            throw;
        }
    }

    private async Task<CacheVolume> HoldAsync(VolumeHold hold, CacheVolume volume, bool alone)
    {
        while (true)
        {
            FileLock? taken = await FileLock.TakeAsync(_files.LockOf(volume.Name),
                alone || volume.Sharing == VolumeSharing.Locked ? LockKind.Exclusive : LockKind.Shared, Left(), _clock, cancellationToken);
            if (taken is null)
            {
                throw TimedOut(volume);
            }

            if (!Directory.Exists(volume.Directory))
            {
                // Removed while this one waited. It is made anew without the lock, for which its maker's order is another.
                taken.Dispose();
                volume = volumes.Get(volume.Identity, volume.SeedDirectory, cancellationToken);
                continue;
            }

            hold.Add(taken);
            VolumeRecord.MarkUsed(volume.Directory, _clock.GetUtcNow());
            CacheVolume held = volume.Sharing == VolumeSharing.Private && !alone ? _files.Guard(() => TakeCopy(hold, volume)) : volume;
            VolumeSharing heldAs = alone ? VolumeSharing.Locked : volume.Sharing;
            hold.AddNote(HolderNotes.Leave(_files, volume.Name, heldAs, held.Copy, _clock.GetUtcNow()));
            return held;
        }
    }

    private CacheVolume TakeCopy(VolumeHold hold, CacheVolume volume)
    {
        IReadOnlyList<int> existing = VolumeLayout.CopiesOf(volume.Directory);
        // A free one first; then the first number that nobody has.
        foreach (int number in existing.Concat(Enumerable.Range(0, int.MaxValue)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            FileLock? taken = FileLock.TryTake(_files.LockOf(volume.Name, number), LockKind.Exclusive);
            if (taken is null)
            {
                continue;
            }

            hold.Add(taken);
            string path = VolumeLayout.CopyOf(volume.Directory, number);
            if (!Directory.Exists(path))
            {
                MakeCopy(VolumeLayout.SeedOf(volume.Directory), path);
            }

            return volume.WithCopy(number);
        }

        throw new InvalidOperationException();
    }

    private void MakeCopy(string seed, string path)
    {
        HalfMade.Sweep(_files);
        using var half = HalfMade.Begin(_files);
        if (Directory.Exists(seed))
        {
            DirectoryCopy.Copy(seed, half.Path, cancellationToken);
        }
        else
        {
            VolumeFiles.MakeDirectory(half.Path);
        }

        Directory.Move(half.Path, path);
    }

    private TimeSpan? Left()
    {
        TimeSpan? left = timeout - _clock.GetElapsedTime(_started);
        return left < TimeSpan.Zero ? TimeSpan.Zero : left;
    }

    private BuildCacheException TimedOut(CacheVolume volume)
    {
        IReadOnlyList<VolumeHolder> holders = volume.Holders;
        string who = holders.Count == 0 ? "Somebody" : string.Join(", ", holders);
        return new BuildCacheException(ErrorId.LockTimeout,
            $"Waited {timeout!.Value.TotalSeconds:0.#} s for the volume {volume}. It is held by: {who}. Wait longer, or let go of it there.");
    }
}
