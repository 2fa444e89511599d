using System.Globalization;
using BuildCache.Keys;
using BuildCache.Volumes;

namespace BuildCache.Commands;

/// <summary>The volumes that a command uses: which they are counts as an input, what is in them does not.</summary>
public static class CommandVolumes
{
    // The first is BUILDCACHE_VOLUME_1.
    private const string VariablePrefix = "BUILDCACHE_VOLUME_";

    /// <summary>A volume as an input.</summary>
    public static FingerprintInput InputOf(VolumeIdentity volume) => new("volume", volume.Id, volume.Digest);

    /// <summary>Holds volumes while something runs. Who has to wait for longer says for whom.</summary>
    /// <param name="volumes">The volumes of the user.</param>
    /// <param name="wanted">Those that it uses.</param>
    /// <param name="within">What this happens inside of in this process: <see cref="NamesOf"/> of other holds.</param>
    /// <param name="waiting">Is told, on any thread, for whom it waits.</param>
    /// <param name="timeout">How long to wait for all of them together; <see langword="null"/> for as long as it takes.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.VolumeInUse"/>: it runs inside of a command that holds a locked volume alone.</exception>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.LockTimeout"/>: others hold one of them.</exception>
    public static Task<VolumeHold> HoldAsync(
        CacheVolumes volumes, IReadOnlyList<CacheVolume> wanted, IReadOnlyCollection<string> within, Action<string>? waiting, TimeSpan? timeout = null,
        CancellationToken cancellationToken = default)
    {
        CacheVolume[] alone = [.. wanted.Where(volume => volume.Sharing == VolumeSharing.Locked && volume.Hold is not { IsHeld: true })];
        if (Array.Find(alone, volume => within.Contains(NameOf(volume)) || volume.Holders.Any(holder => Nesting.IsInside(holder.ProcessId, NameOf(volume)))) is { } above)
        {
            throw new BuildCacheException(ErrorId.VolumeInUse,
                $"The locked volume {above} is held by the command that this one runs inside of, and would be waited for for ever. Use the outer command's volume ($_, or BUILDCACHE_VOLUME_1 and so on), or make the volume shared.");
        }

        return volumes.HoldAsync(wanted, timeout, waiting, cancellationToken);
    }

    /// <summary>What a command that happens inside of this hold is told it is within: the volumes that no other process can have meanwhile.</summary>
    public static IReadOnlyList<string> NamesOf(VolumeHold? hold) =>
        [.. (hold?.Volumes ?? []).Where(volume => volume.Sharing == VolumeSharing.Locked).Select(NameOf)];

    /// <summary>Tells the processes that this one starts that they run inside of this hold, so that none of them waits for its volumes.</summary>
    /// <returns>Ends that.</returns>
    public static IDisposable TellChildren(VolumeHold hold) => Nesting.Tell(NamesOf(hold));

    /// <summary>The environment in which a command finds the volumes that are held for it.</summary>
    public static IReadOnlyDictionary<string, string> EnvironmentOf(VolumeHold? hold) => (hold?.Volumes ?? [])
        .Select((volume, i) => (Name: VariablePrefix + (i + 1).ToString(CultureInfo.InvariantCulture), volume.Path))
        .ToDictionary(variable => variable.Name, variable => variable.Path!);

    private static string NameOf(CacheVolume volume) => volume.Identity.Digest.Hash;
}
