using BuildCache.Files;
using BuildCache.Locks;

namespace BuildCache.Volumes;

/// <summary>Removes volumes and copies of volumes that nobody uses.</summary>
internal sealed class VolumeRemoval(VolumeFiles files)
{
    private IReadOnlyList<Leftover> _left = [];

    /// <summary>Removes a volume.</summary>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.VolumeInUse"/>; <see cref="ErrorId.RemovalIncomplete"/>: it is no volume any more, but not all it held could be deleted.</exception>
    public bool Remove(CacheVolume volume)
    {
        bool removed = TryRemove(volume, null) ?? throw InUse(volume);
        return _left is not [var first, ..] ? removed : throw new BuildCacheException(ErrorId.RemovalIncomplete,
            $"The volume {volume} is removed, but not all it held can be deleted: {first}{(_left.Count > 1 ? $" and {_left.Count - 1} more" : "")}. Delete it as a user who may; until then it takes space in '{files.Temporaries}'.");
    }

    /// <summary>Removes a volume if nobody uses it.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="lastUsed">When it was used last; it stays if it was used since. <see langword="null"/> to remove it anyway.</param>
    /// <returns>Whether it was there; <see langword="null"/> when it is in use.</returns>
    public bool? TryRemove(CacheVolume volume, DateTimeOffset? lastUsed)
    {
        FileLock? alone = FileLock.TryTake(files.LockOf(volume.Name), LockKind.Exclusive);
        if (alone is null)
        {
            return null;
        }

        try
        {
            return files.Guard<bool?>(() =>
            {
                if (!Directory.Exists(volume.Directory))
                {
                    return false;
                }

                if (volume.Mounts.Count > 0 || lastUsed < VolumeRecord.LastUsed(volume.Directory, null, volume.Created))
                {
                    return null;
                }

                // Moved away first: half a volume is never found.
                using var removed = TemporaryPlace.Begin(files.Temporaries);
                PathMove.Move(volume.Directory, removed.Path);
                foreach (int copy in VolumeLayout.CopiesOf(removed.Path))
                {
                    File.Delete(files.LockOf(volume.Name, copy));
                }

                _left = DirectoryRemoval.RemoveAll(removed.Path);
                return true;
            });
        }
        finally
        {
            alone.DisposeAndDelete();
            // Left where its maker was killed.
            FileLock.TryTakeDead(files.CreationLockOf(volume.Name))?.DisposeAndDelete();
        }
    }

    /// <summary>Removes one copy of a private volume if nobody uses it.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="copy">The number of the copy.</param>
    /// <param name="lastUsed">When it was used last; it stays if it was used since.</param>
    public bool TryRemoveCopy(CacheVolume volume, int copy, DateTimeOffset lastUsed)
    {
        using FileLock? shared = FileLock.TryTake(files.LockOf(volume.Name), LockKind.Shared);
        FileLock? alone = shared is null ? null : FileLock.TryTake(files.LockOf(volume.Name, copy), LockKind.Exclusive);
        if (alone is null)
        {
            return false;
        }

        try
        {
            return files.Guard(() =>
            {
                string path = VolumeLayout.CopyOf(volume.Directory, copy);
                if (!Directory.Exists(path) || VolumeMounts.Targets(files).Contains(path) || lastUsed < VolumeRecord.LastUsed(volume.Directory, copy, volume.Created))
                {
                    return false;
                }

                using var removed = TemporaryPlace.Begin(files.Temporaries);
                PathMove.Move(path, removed.Path);
                VolumeRecord.Unmark(volume.Directory, copy);
                return true;
            });
        }
        finally
        {
            alone.DisposeAndDelete();
        }
    }

    private static BuildCacheException InUse(CacheVolume volume)
    {
        string what = volume.Mounts is [string mountPoint, ..]
            ? $"is mounted at '{mountPoint}'. Dismount it first, with Dismount-CacheVolume."
            : volume.Holders is { Count: > 0 } holders
                ? $"is held by {string.Join(", ", holders)}. Let go of it there, or wait until they are done."
                : "is held by somebody. Wait until they are done.";
        return new BuildCacheException(ErrorId.VolumeInUse, $"The volume {volume} {what}");
    }
}
