using BuildCache.Files;
using BuildCache.Locks;

namespace BuildCache.Volumes;

/// <summary>Takes the locks of volumes, within a time for all of them together.</summary>
internal sealed class VolumeHolding(CacheVolumes volumes, TimeSpan? timeout, CancellationToken cancellationToken)
{
    private readonly VolumeFiles _files = volumes.Files;
    private readonly TimeProvider _clock = volumes.Clock;
    private readonly long _started = volumes.Clock.GetTimestamp();

    /// <summary>Is told for whom it waits.</summary>
    public Action<string>? Waiting { get; init; }

    /// <summary>Holds volumes as their sharing says.</summary>
    public async Task<VolumeHold> HoldAsync(IReadOnlyList<CacheVolume> wanted)
    {
        var hold = new VolumeHold(_clock);
        try
        {
            var held = new Dictionary<string, CacheVolume>(StringComparer.Ordinal);
            // In one order everywhere: two that want the same ones never wait for each other.
            foreach (CacheVolume volume in wanted.OrderByDescending(IsHeldByCaller).DistinctBy(volume => volume.Name).OrderBy(volume => volume.Name, StringComparer.Ordinal))
            {
                if (IsHeldByCaller(volume))
                {
                    // To wait for it would be to wait for oneself.
                    held[volume.Name] = volume;
                    continue;
                }

                CacheVolume there = await TakeAsync(hold, volume, volume.Sharing == VolumeSharing.Locked ? LockKind.Exclusive : LockKind.Shared);
                held[volume.Name] = volume.Sharing == VolumeSharing.Private ? _files.Guard(() => TakeCopy(hold, there)) : HoldData(hold, there, volume.Sharing);
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

    /// <summary>Holds a shared or locked volume so that nobody else has it, not even to share it.</summary>
    public Task<VolumeHold> HoldAloneAsync(CacheVolume volume) =>
        HoldOneAsync(volume, LockKind.Exclusive, (hold, there) => HoldData(hold, there, VolumeSharing.Locked));

    /// <summary>Holds the first copy of a private volume that is there and free.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.VolumeInUse"/>: there is none.</exception>
    public Task<VolumeHold> HoldExistingCopyAsync(CacheVolume volume) =>
        HoldOneAsync(volume, LockKind.Shared, (hold, there) => VolumeLayout.CopiesOf(there.Directory).Select(copy => TryTakeCopy(hold, there, copy)).FirstOrDefault(held => held is not null)
            ?? throw new BuildCacheException(ErrorId.VolumeInUse, $"The private volume {volume} has no copy that nobody holds. Use the volume first, or wait until somebody is done with it."));

    /// <summary>Holds a new copy of a private volume, which is made by the caller.</summary>
    public Task<VolumeHold> HoldNewCopyAsync(CacheVolume volume) =>
        HoldOneAsync(volume, LockKind.Shared, (hold, there) => TakeNewCopy(hold, there));

    private async Task<VolumeHold> HoldOneAsync(CacheVolume volume, LockKind kind, Func<VolumeHold, CacheVolume, CacheVolume> take)
    {
        var hold = new VolumeHold(_clock);
        try
        {
            CacheVolume there = await TakeAsync(hold, volume, kind);
            hold.Volumes = [_files.Guard(() => take(hold, there))];
            return hold;
        }
        catch
        {
            hold.Dispose();
            throw;
        }
    }

    private async Task<CacheVolume> TakeAsync(VolumeHold hold, CacheVolume volume, LockKind kind)
    {
        while (true)
        {
            Action waiting = () => Waiting?.Invoke($"Waiting for the volume {volume}, which is held by {HoldersOf(volume)}.");
            FileLock taken = await FileLock.TakeAsync(_files.LockOf(volume.Name), kind, waiting, Left(), _clock, cancellationToken) ?? throw TimedOut(volume);
            if (Directory.Exists(volume.Directory))
            {
                hold.Add(taken);
                VolumeRecord.MarkUsed(volume.Directory, null, _clock.GetUtcNow());
                return volume;
            }

            // Removed while this one waited. It is made anew without the lock: its maker takes locks in another order.
            taken.Dispose();
            volume = volumes.Get(volume.Identity, volume.SeedDirectory, cancellationToken);
        }
    }

    private CacheVolume HoldData(VolumeHold hold, CacheVolume volume, VolumeSharing heldAs)
    {
        _files.Guard(() => VolumeLayout.Recover(volume.Directory));
        hold.AddNote(HolderNotes.Leave(_files, volume.Name, heldAs, null, _clock.GetUtcNow()));
        return volume.HeldBy(hold);
    }

    private CacheVolume TakeCopy(VolumeHold hold, CacheVolume volume)
    {
        foreach (int number in VolumeLayout.CopiesOf(volume.Directory))
        {
            if (TryTakeCopy(hold, volume, number) is { } held)
            {
                return held;
            }
        }

        CacheVolume made = TakeNewCopy(hold, volume);
        MakeCopy(VolumeLayout.SeedOf(volume.Directory), made.Path!);
        return made;
    }

    private CacheVolume TakeNewCopy(VolumeHold hold, CacheVolume volume)
    {
        for (int number = 0; ; number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!Directory.Exists(VolumeLayout.CopyOf(volume.Directory, number)) && TryTakeCopy(hold, volume, number, isNew: true) is { } held)
            {
                return held;
            }
        }
    }

    private CacheVolume? TryTakeCopy(VolumeHold hold, CacheVolume volume, int number, bool isNew = false)
    {
        FileLock? taken = FileLock.TryTake(_files.LockOf(volume.Name, number), LockKind.Exclusive);
        // What it was a moment ago it need not be under the lock: another may have made or removed it.
        if (taken is null || Directory.Exists(VolumeLayout.CopyOf(volume.Directory, number)) == isNew)
        {
            taken?.Dispose();
            return null;
        }

        hold.Add(taken);
        VolumeRecord.MarkUsed(volume.Directory, number, _clock.GetUtcNow());
        hold.AddNote(HolderNotes.Leave(_files, volume.Name, VolumeSharing.Private, number, _clock.GetUtcNow()));
        return volume.HeldBy(hold, number);
    }

    private void MakeCopy(string seed, string path)
    {
        using var half = TemporaryPlace.Begin(_files.Temporaries);
        if (Directory.Exists(seed))
        {
            DirectoryCopy.Copy(seed, half.Path, cancellationToken);
        }
        else
        {
            NewDirectory.MakePrivate(half.Path);
        }

        PathMove.Move(half.Path, path);
    }

    private static bool IsHeldByCaller(CacheVolume volume) => volume.Hold is { IsHeld: true };

    private TimeSpan? Left()
    {
        TimeSpan? left = timeout - _clock.GetElapsedTime(_started);
        return left < TimeSpan.Zero ? TimeSpan.Zero : left;
    }

    private BuildCacheException TimedOut(CacheVolume volume) => new(ErrorId.LockTimeout,
        $"Waited {timeout!.Value.TotalSeconds:0.#} s for the volume {volume}. It is held by {HoldersOf(volume)}. Wait longer, or let go of it there.");

    private static string HoldersOf(CacheVolume volume) => volume.Holders is { Count: > 0 } holders ? string.Join(", ", holders) : "somebody";
}
