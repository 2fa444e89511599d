using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.Locks;

namespace BuildCache.Volumes;

/// <summary>Carries volumes between machines: a volume is saved in a store as an ordinary entry and restored from one.</summary>
/// <param name="volumes">The volumes of this machine.</param>
/// <param name="catalog">The entries of a store, of any kind.</param>
public sealed class VolumeTransfer(CacheVolumes volumes, EntryCatalog catalog)
{
    // What the directory is called in an entry. Entries of volumes are found under keys of their own, apart from the rest.
    private const string Name = "volume";

    /// <summary>The key under which the volume of a key is saved: the same scope, and <c>volume</c> before the parts.</summary>
    public static CacheKey EntryKeyOf(CacheKey key) => CacheKey.Create(key.Scope, [Name, .. key.Parts]);

    /// <summary>Saves what a volume holds. It is held meanwhile; of a private one, the copy that the caller holds, else the first that is free.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="key">The key to save it under, as a key of a volume; <see langword="null"/> for the volume's own.</param>
    /// <param name="creator">The program that saves it.</param>
    /// <param name="replace">Whether an entry that is there gives way.</param>
    /// <param name="timeout">How long to wait for a volume that others hold.</param>
    /// <param name="allowsOutsideLinks">Whether links are saved that lead out of the volume.</param>
    /// <param name="progress">Is told how far it has come.</param>
    /// <param name="cancellationToken">Stops before anything is visible.</param>
    /// <exception cref="BuildCacheException">What <see cref="EntryCatalog.SaveAsync"/> and holding throw.</exception>
    public async Task<SaveResult> ExportAsync(
        CacheVolume volume, CacheKey? key = null, string creator = "BuildCache", bool replace = false, TimeSpan? timeout = null, bool allowsOutsideLinks = false,
        IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using VolumeReading reading = await VolumeReading.BeginAsync(volumes, volume, timeout, cancellationToken);
        return await catalog.SaveAsync(
            EntryKeyOf(key ?? volume.Key), [new PathToSave(Name, reading.Path)], new EntryDetails(creator) { AllowsOutsideLinks = allowsOutsideLinks }, replace, progress, cancellationToken);
    }

    /// <summary>Fills a volume that is still empty from the best entry. On any failure it is as it was. Of a private one, a new copy is made.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="key">The key to look for, as a key of a volume; <see langword="null"/> for the volume's own.</param>
    /// <param name="restoreKeys">What else may match, as keys of volumes, in order.</param>
    /// <param name="scopes">The scopes to look in, in order, in place of the keys' own.</param>
    /// <param name="force">Whether what the volume holds gives way.</param>
    /// <param name="timeout">How long to wait for a volume that others hold.</param>
    /// <param name="allowsOutsideLinks">Whether links are made that lead out of the volume; see <see cref="RestoreOptions.AllowsOutsideLinks"/>.</param>
    /// <param name="cancellationToken">Stops; the volume is as it was.</param>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.LockTimeout"/> or <see cref="ErrorId.VolumeInUse"/>: it cannot be had alone.
    /// <see cref="ErrorId.StoreUnavailable"/>: the store could not say.
    /// </exception>
    public async Task<VolumeImport> ImportAsync(
        CacheVolume volume, CacheKey? key = null, IReadOnlyList<CacheKey>? restoreKeys = null, IReadOnlyList<CacheScope>? scopes = null,
        bool force = false, TimeSpan? timeout = null, bool allowsOutsideLinks = false, CancellationToken cancellationToken = default)
    {
        volumes.Files.BeforeWrite();
        using VolumeHold? hold = await HoldAsync(volume, timeout, cancellationToken);
        if (!force && !IsEmpty(volume))
        {
            return new VolumeImport(VolumeImportOutcome.NotEmpty, LookupMatch.None, null);
        }

        using var half = TemporaryPlace.Begin(volumes.Files.Temporaries);
        NewDirectory.MakePrivate(half.Path);
        // One level down: what a restore that is killed leaves beside its destination is swept with the rest.
        string content = Path.Combine(half.Path, Name);
        LookupResult found = await catalog.FindAndRestoreAsync(
            EntryKeyOf(key ?? volume.Key), [.. (restoreKeys ?? []).Select(EntryKeyOf)], scopes, path => DestinationOf(path, content),
            // A volume goes on from where it was, so its files are as old as they were.
            new RestoreOptions { Times = RestoredTimes.Own, AllowsOutsideLinks = allowsOutsideLinks }, cancellationToken: cancellationToken);
        if (found.Entry is null)
        {
            return new VolumeImport(VolumeImportOutcome.NoEntry, LookupMatch.None, null);
        }

        volumes.Files.Guard(() =>
        {
            if (volume.Sharing == VolumeSharing.Private)
            {
                PathMove.Move(content, hold!.Volumes[0].Path!);
            }
            else
            {
                VolumeLayout.ReplaceData(volume.Directory, content, half);
            }
        });
        return new VolumeImport(VolumeImportOutcome.Imported, found.Match, found.Entry);
    }

    private async Task<VolumeHold?> HoldAsync(CacheVolume volume, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        var holding = new VolumeHolding(volumes, timeout, cancellationToken);
        if (volume.Sharing == VolumeSharing.Private)
        {
            return await holding.HoldNewCopyAsync(volume);
        }

        if (volume.Hold is { IsHeld: true })
        {
            return volume.Sharing == VolumeSharing.Locked ? null
                : throw new BuildCacheException(ErrorId.VolumeInUse, $"The shared volume {volume} is held by the caller, and maybe by others too, who would lose it under their feet. Import it before it is held.");
        }

        return await holding.HoldAloneAsync(volume);
    }

    private static bool IsEmpty(CacheVolume volume) => volume.Sharing == VolumeSharing.Private
        ? VolumeLayout.CopiesOf(volume.Directory).Count == 0
        : !Directory.EnumerateFileSystemEntries(volume.Path!).Any();

    // Only what is a volume may be put in place of one.
    private static string DestinationOf(SavedPath path, string content) => path is { IsDirectory: true, Path: Name } ? content
        : throw new BuildCacheException(ErrorId.EntryNotFound, $"The entry that was found does not hold a volume but '{path.Path}'. Remove it, or import under another key.");
}

/// <summary>What became of an import.</summary>
/// <param name="Outcome">What was done.</param>
/// <param name="Match">How the entry was found.</param>
/// <param name="Entry">The entry that was imported.</param>
public sealed record VolumeImport(VolumeImportOutcome Outcome, LookupMatch Match, CacheEntry? Entry);

/// <summary>What an import did.</summary>
public enum VolumeImportOutcome
{
    /// <summary>It filled the volume.</summary>
    Imported,

    /// <summary>Nothing: the store has no entry that matches.</summary>
    NoEntry,

    /// <summary>Nothing: the volume holds something already.</summary>
    NotEmpty,
}
