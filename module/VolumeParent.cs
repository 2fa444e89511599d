using BuildCache.Keys;
using BuildCache.Volumes;

namespace BuildCache.PowerShell;

/// <summary>What the key of a volume begins with: a volume, a key, or the text of the id of either.</summary>
public sealed class VolumeParent
{
    private readonly CacheKey? _key;
    private readonly string? _id;

    /// <summary>Takes a volume.</summary>
    public VolumeParent(CacheVolume volume) => _key = volume.Key;

    /// <summary>Takes a key.</summary>
    public VolumeParent(CacheKey key) => _key = key;

    /// <summary>Takes the text of an id.</summary>
    public VolumeParent(string id) => _id = id;

    /// <summary>The key.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidVolumeId"/> or <see cref="ErrorId.InvalidCacheId"/>: the text is no id.</exception>
    internal CacheKey Resolve() => _key ?? (CacheId.LooksLikeId(_id!) ? CacheId.Parse(_id!) : VolumeId.Parse(_id!).Key);

    /// <summary>What was given.</summary>
    public override string ToString() => _key?.ToString() ?? _id!;
}
