using BuildCache.Volumes;

namespace BuildCache.PowerShell;

/// <summary>A volume as a parameter takes it: a <see cref="CacheVolume"/>, or the text of its id.</summary>
/// <remarks>The text is read later, in the cmdlet, for the reason that <see cref="KeyArgument"/> gives.</remarks>
public sealed class VolumeArgument
{
    private readonly CacheVolume? _volume;
    private readonly string? _id;

    /// <summary>Takes a volume.</summary>
    public VolumeArgument(CacheVolume volume) => _volume = volume;

    /// <summary>Takes the text of an id.</summary>
    public VolumeArgument(string id) => _id = id;

    /// <summary>The volume.</summary>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.InvalidVolumeId"/>: the text is no id.
    /// <see cref="ErrorId.VolumeNotFound"/>: the volume that the id names is not here.
    /// </exception>
    internal CacheVolume Resolve(CacheVolumes volumes)
    {
        if (_volume is not null)
        {
            return _volume;
        }

        VolumeIdentity identity = VolumeId.Parse(_id!);
        return volumes.Find(identity) ?? throw new BuildCacheException(ErrorId.VolumeNotFound,
            $"The volume {identity} is not on this machine. Get-CacheVolume -Key, with the same scope and options, makes it.");
    }

    /// <summary>The volume as it was given.</summary>
    public override string ToString() => _volume?.ToString() ?? _id!;
}
