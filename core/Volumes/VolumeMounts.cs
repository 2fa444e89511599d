using System.Collections.Concurrent;
using BuildCache.Files;
using BuildCache.Locks;

namespace BuildCache.Volumes;

/// <summary>Puts links to volumes where tools expect them. What stood there is moved aside, recorded, and put back.</summary>
/// <remarks>
/// The record is written before anything moves and removed after everything is back, so that after a crash at any point whoever mounts
/// or dismounts there next knows what belongs there.
/// </remarks>
internal sealed class VolumeMounts(CacheVolumes volumes)
{
    private const string LockSuffix = ".lock";
    private const string HeldSuffix = ".held";

    // Of private and locked volumes, by the file of the record. A mount outlives the object that made it, and so does its hold.
    private static readonly ConcurrentDictionary<string, Kept> s_kept = new(StringComparer.Ordinal);

    private readonly VolumeFiles _files = volumes.Files;

    public async Task<VolumeMount> MountAsync(CacheVolume volume, string path, bool keepExisting, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        _files.BeforeWrite();
        var place = new MountPoint(path, volumes.Root);
        string file = MountRecord.FileOf(_files, place.Path);
        // Whoever holds it already must not wait for himself, and goes on holding it for as long as he means to.
        VolumeHold? callers = volume.Hold is { IsHeld: true } ? volume.Hold : null;
        if (s_kept.TryGetValue(file, out Kept? known) && known.Serves(volume, callers) && place.Target == known.Volume.Path)
        {
            return new VolumeMount(place.Path, known.Volume, MountRecord.TryRead(file)?.KeptAt);
        }

        VolumeHold hold = callers ?? await volumes.HoldAsync([volume], timeout, cancellationToken: cancellationToken);
        var mounting = new Kept(callers is null ? hold.Volumes[0] : volume, hold, IsOwn: callers is null);
        try
        {
            using var alone = new Turn(await TakeAsync(file, cancellationToken));
            LetGo(file);
            FileLock keeper = FileLock.TryTake(file + HeldSuffix, LockKind.Exclusive) ?? throw HeldByAnother(place, file);
            hold.AddNote(keeper);
            mounting = mounting with { Keeper = keeper };
            VolumeMount mount = _files.Guard(() => Place(mounting.Volume, place, file, keepExisting));
            if (volume.Sharing == VolumeSharing.Shared)
            {
                mounting.LetGo();
            }
            else
            {
                s_kept[file] = mounting;
            }

            return mount;
        }
        catch
        {
            mounting.LetGo();
            throw;
        }
    }

    public void Dismount(string path)
    {
        _files.BeforeWrite();
        var place = new MountPoint(path, volumes.Root);
        string file = MountRecord.FileOf(_files, place.Path);
        using var alone = new Turn(TakeAsync(file, CancellationToken.None).AsTask().GetAwaiter().GetResult());
        _files.Guard(() => TakeAway(place, file));
        LetGo(file);
    }

    /// <summary>The mount points at which a volume stands.</summary>
    public static IReadOnlyList<string> Of(VolumeFiles files, CacheVolume volume) =>
        [.. MountRecord.ReadAll(files).Where(record => record.VolumeId == volume.Id && record.Stands).Select(record => record.MountPoint)];

    /// <summary>All that links of mounts point to: directories of volumes and copies.</summary>
    public static IReadOnlySet<string> Targets(VolumeFiles files) =>
        MountRecord.ReadAll(files).Where(record => record.Stands).Select(record => record.Target).ToHashSet(StringComparer.Ordinal);

    private VolumeMount Place(CacheVolume volume, MountPoint place, string file, bool keepExisting)
    {
        MountPointContent content = place.Look();
        MountRecord? former = MountRecord.TryRead(file);
        string? kept = former?.KeptAt is { } before && PathMove.IsThere(before) ? before : null;
        bool stepsAside = content is not (MountPointContent.Nothing or MountPointContent.OwnLink);
        if (stepsAside && kept is not null)
        {
            throw MountPoint.Invalid($"'{place.Path}' is {place.Describe()}, and what stood there before an earlier mount is still at '{kept}'. Move one of them to where it belongs, then mount again.");
        }

        if (stepsAside && content != MountPointContent.EmptyDirectory && !keepExisting)
        {
            throw MountPoint.Invalid($"'{place.Path}' is {place.Describe()}. Move it away, mount the volume elsewhere, or use -Force: it is then kept beside, and put back by Dismount-CacheVolume.");
        }

        kept = stepsAside ? place.NewSibling() : kept;
        var record = new MountRecord(place.Path, volume.Path!, volume.Id, kept, Environment.ProcessId);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(place.Path)!);
            record.Write(_files);
            if (stepsAside)
            {
                PathMove.Move(place.Path, kept!);
            }
            else if (content == MountPointContent.OwnLink)
            {
                DirectoryLink.Remove(place.Path);
            }

            DirectoryLink.Make(place.Path, volume.Path!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            PutBack(place, record, file);
            throw MountPoint.Invalid($"No link can be made at '{place.Path}': {error.Message} Check that this user may write there and that its file system has links.", error);
        }

        return new VolumeMount(place.Path, volume, kept);
    }

    private static void TakeAway(MountPoint place, string file)
    {
        MountPointContent content = place.Look();
        MountRecord? record = MountRecord.TryRead(file);
        if (record is null && content != MountPointContent.OwnLink)
        {
            throw new BuildCacheException(ErrorId.VolumeNotFound, $"No volume is mounted at '{place.Path}', which is {place.Describe()}. Get-CacheVolume shows where volumes are mounted.");
        }

        if (content == MountPointContent.OwnLink)
        {
            DirectoryLink.Remove(place.Path);
        }
        else if (content != MountPointContent.Nothing)
        {
            bool keeps = record!.KeptAt is { } kept && PathMove.IsThere(kept);
            if (!keeps)
            {
                File.Delete(file);
            }

            throw MountPoint.Invalid($"'{place.Path}' is {place.Describe()} and no link to a volume any more: somebody replaced it, and it was left as it is."
                + (keeps ? $" What stood there before is at '{record.KeptAt}'; move one of them to where it belongs and dismount again." : ""));
        }

        PutBack(place, record, file);
    }

    private static void PutBack(MountPoint place, MountRecord? record, string file)
    {
        if (record?.KeptAt is { } kept && PathMove.IsThere(kept) && place.Look() == MountPointContent.Nothing)
        {
            PathMove.Move(kept, place.Path);
        }

        File.Delete(file);
    }

    private static void LetGo(string file)
    {
        if (s_kept.TryRemove(file, out Kept? kept))
        {
            kept.LetGo();
        }
    }

    private static async ValueTask<FileLock> TakeAsync(string file, CancellationToken cancellationToken) =>
        (await FileLock.TakeAsync(file + LockSuffix, LockKind.Exclusive, cancellationToken: cancellationToken))!;

    private static BuildCacheException HeldByAnother(MountPoint place, string file) => new(ErrorId.VolumeInUse,
        $"At '{place.Path}' a volume is mounted that process {MountRecord.TryRead(file)?.ProcessId} holds. Dismount it there, or wait until that process ends.");

    /// <summary>The right to change a mount point; nothing of it is left afterwards.</summary>
    private readonly struct Turn(FileLock taken) : IDisposable
    {
        public void Dispose() => taken.DisposeAndDelete();
    }

    /// <summary>What is held for a mount.</summary>
    /// <param name="Volume">The volume with its path.</param>
    /// <param name="Hold">The hold of it.</param>
    /// <param name="IsOwn">Whether it is held for the mount alone.</param>
    /// <param name="Keeper">Keeps other processes from mounting there.</param>
    private sealed record Kept(CacheVolume Volume, VolumeHold Hold, bool IsOwn, FileLock? Keeper = null)
    {
        /// <summary>Whether this is what somebody wants who mounts a volume.</summary>
        public bool Serves(CacheVolume volume, VolumeHold? callers) => Volume.Name == volume.Name && Hold.IsHeld && (callers is null ? IsOwn : callers == Hold);

        public void LetGo()
        {
            if (Keeper is not null)
            {
                Hold.Release(Keeper);
            }

            if (IsOwn)
            {
                Hold.Dispose();
            }
        }
    }
}
