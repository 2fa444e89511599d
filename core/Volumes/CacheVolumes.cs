using BuildCache.Configuration;
using BuildCache.Files;
using BuildCache.Locks;

namespace BuildCache.Volumes;

/// <summary>The volumes of a user on a machine: found, made, held and removed. Any number of processes use them at the same time.</summary>
/// <remarks>
/// Nothing but locks of the system guards them: a process that dies lets go of what it held at that moment, and what it had half
/// made is swept by the next that makes something.
/// </remarks>
public sealed class CacheVolumes
{
    private readonly VolumeFiles _files;
    private readonly TimeProvider _clock;

    /// <summary>Opens the volumes below a directory, which need not exist yet.</summary>
    /// <param name="root">Full path; <see langword="null"/> for the user's own.</param>
    /// <param name="clock">Tells when a volume is used, and how long waiting took.</param>
    public CacheVolumes(string? root = null, TimeProvider? clock = null)
    {
        Root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root ?? UserDirectories.Volumes));
        _clock = clock ?? TimeProvider.System;
        _files = new VolumeFiles(Root);
    }

    /// <summary>Full path of the directory that they are all in.</summary>
    public string Root { get; }

    internal VolumeFiles Files => _files;

    internal TimeProvider Clock => _clock;

    /// <summary>Gives the volume of an identity, and makes it when it is first asked for. That it is in use now is noted.</summary>
    /// <param name="identity">What volume.</param>
    /// <param name="seedDirectory">Full path of the directory that the identity's source names; only a new volume looks at it.</param>
    /// <param name="cancellationToken">Stops the making; nothing is there then.</param>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.InputNotFound"/> or <see cref="ErrorId.UnsupportedFile"/>: the source cannot be copied; no volume is made.
    /// <see cref="ErrorId.StoreUnavailable"/>: the file system refuses.
    /// </exception>
    public CacheVolume Get(VolumeIdentity identity, string? seedDirectory = null, CancellationToken cancellationToken = default)
    {
        CacheVolume volume = Find(identity, seedDirectory) ?? Make(identity, seedDirectory, cancellationToken);
        VolumeRecord.MarkUsed(volume.Directory, null, _clock.GetUtcNow());
        if (volume.Path is { } path && !Directory.Exists(path))
        {
            Recover(volume);
        }

        return volume;
    }

    /// <summary>Gives the volume of an identity if there is one. To look is not to use.</summary>
    public CacheVolume? Find(VolumeIdentity identity) => Find(identity, null);

    /// <summary>Lists all volumes, in no order.</summary>
    public IEnumerable<CacheVolume> List()
    {
        _files.BeforeRead();
        if (!Directory.Exists(_files.Volumes))
        {
            yield break;
        }

        foreach (string directory in Directory.EnumerateDirectories(_files.Volumes))
        {
            if (_files.Guard(() => VolumeRecord.TryRead(directory)) is { } record && VolumeFiles.NameOf(record.Identity) == Path.GetFileName(directory))
            {
                yield return new CacheVolume(_files, record.Identity, record.Created, null);
            }
        }
    }

    /// <summary>Removes a volume with all it holds.</summary>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.VolumeInUse"/>: somebody holds it, or it is mounted.
    /// <see cref="ErrorId.RemovalIncomplete"/>: it is no volume any more, but not all it held could be deleted.
    /// <see cref="ErrorId.StoreUnavailable"/>: the file system refuses.
    /// </exception>
    public bool Remove(CacheVolume volume)
    {
        _files.BeforeWrite();
        return new VolumeRemoval(_files).Remove(volume);
    }

    /// <summary>Holds volumes, all of them or none. A shared one others may hold too, a locked one nobody else; of a private one this gives a copy that nobody else has.</summary>
    /// <param name="volumes">The volumes; one that is named twice is held once, and one that a hold gave, while that lasts, is held by that.</param>
    /// <param name="timeout">How long to wait for all of them together; <see langword="null"/> for as long as it takes.</param>
    /// <param name="waiting">Is told, on any thread, for whom it waits, if it waits for some seconds.</param>
    /// <param name="cancellationToken">Stops the waiting; nothing is held then.</param>
    /// <returns>What lets go of them, and says where each is.</returns>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.LockTimeout"/>: others hold one of them; the message says who. Nothing is held then.
    /// <see cref="ErrorId.LockFailed"/>: the file system has no locks.
    /// </exception>
    public Task<VolumeHold> HoldAsync(
        IReadOnlyList<CacheVolume> volumes, TimeSpan? timeout = null, Action<string>? waiting = null, CancellationToken cancellationToken = default)
    {
        _files.BeforeWrite();
        return new VolumeHolding(this, timeout, cancellationToken) { Waiting = waiting }.HoldAsync(volumes);
    }

    /// <summary>Puts a volume where a tool expects it, by a link. A private or locked volume is held until it is dismounted or this process ends.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="mountPoint">Where; the directories above are made. A link to another volume gives way; an empty directory is put back later.</param>
    /// <param name="keepExisting">Whether anything else that stands there is kept beside and put back later; else it is refused.</param>
    /// <param name="timeout">How long to wait for a volume that others hold; <see langword="null"/> for as long as it takes.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.InvalidMountPoint"/>: what stands there is not to be touched, or no link can be made; all is as it was.
    /// <see cref="ErrorId.VolumeInUse"/>: another process has a volume there that it holds.
    /// <see cref="ErrorId.LockTimeout"/>: others hold the volume.
    /// </exception>
    public Task<VolumeMount> MountAsync(
        CacheVolume volume, string mountPoint, bool keepExisting = false, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        new VolumeMounts(this).MountAsync(volume, mountPoint, keepExisting, timeout, cancellationToken);

    /// <summary>Takes a volume from where it is mounted, whoever mounted it, and puts back what stood there. What the volume holds stays in it.</summary>
    /// <param name="mountPoint">Where it is mounted.</param>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.VolumeNotFound"/>: no volume is mounted there.
    /// <see cref="ErrorId.InvalidMountPoint"/>: something else stands there by now. It is left as it is.
    /// </exception>
    public void Dismount(string mountPoint) => new VolumeMounts(this).Dismount(mountPoint);

    private void Recover(CacheVolume volume)
    {
        // Whoever has it alone just now is putting something there.
        using FileLock? alone = FileLock.TryTake(_files.LockOf(volume.Name), LockKind.Exclusive);
        if (alone is not null)
        {
            _files.Guard(() => VolumeLayout.Recover(volume.Directory));
        }
    }

    private CacheVolume? Find(VolumeIdentity identity, string? seedDirectory)
    {
        _files.BeforeRead();
        return _files.Guard(() => VolumeRecord.TryRead(_files.VolumeOf(VolumeFiles.NameOf(identity))) is { } record && record.Identity.Equals(identity)
            ? new CacheVolume(_files, identity, record.Created, seedDirectory)
            : null);
    }

    private CacheVolume Make(VolumeIdentity identity, string? seedDirectory, CancellationToken cancellationToken)
    {
        string? seed = seedDirectory ?? identity.Source;
        if (identity.Source is null)
        {
            seed = null;
        }
        else if (!Path.IsPathFullyQualified(seed!))
        {
            throw new BuildCacheException(ErrorId.InputNotFound,
                $"The volume {identity} is not there yet, and where '{seed}' is that it starts as a copy of depends on the workspace. Ask for it by its key and source from within the workspace.");
        }

        _files.BeforeWrite();
        string name = VolumeFiles.NameOf(identity);
        // Of several that want it at the same time one makes it, and the others wait: a seed may be large.
        FileLock making = FileLock.TakeAsync(_files.CreationLockOf(name), LockKind.Exclusive, clock: _clock, cancellationToken: cancellationToken).AsTask().GetAwaiter().GetResult()!;
        try
        {
            return _files.Guard(() => Find(identity, seedDirectory) ?? MakeAlone(identity, name, seed, seedDirectory, cancellationToken));
        }
        finally
        {
            making.DisposeAndDelete();
        }
    }

    private CacheVolume MakeAlone(VolumeIdentity identity, string name, string? seed, string? seedDirectory, CancellationToken cancellationToken)
    {
        DateTimeOffset now = _clock.GetUtcNow();
        string directory = _files.VolumeOf(name);
        if (Directory.Exists(directory))
        {
            // It came here whole; only what says so was lost in a crash of the machine.
            VolumeRecord.Write(_files, directory, identity, now);
        }
        else
        {
            using var half = TemporaryPlace.Begin(_files.Temporaries);
            NewDirectory.MakePrivate(half.Path);
            VolumeLayout.Make(half.Path, identity.Sharing, seed, cancellationToken);
            VolumeRecord.Write(_files, half.Path, identity, now);
            VolumeRecord.MarkUsed(half.Path, null, now);
            PathMove.Move(half.Path, directory);
        }

        return new CacheVolume(_files, identity, now, seedDirectory);
    }
}
