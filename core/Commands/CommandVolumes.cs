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

    /// <summary>The environment in which a command finds the volumes that are held for it.</summary>
    public static IReadOnlyDictionary<string, string> EnvironmentOf(VolumeHold hold) => hold.Volumes
        .Select((volume, i) => (Name: VariablePrefix + (i + 1).ToString(CultureInfo.InvariantCulture), volume.Path))
        .ToDictionary(variable => variable.Name, variable => variable.Path!);
}
