namespace BuildCache.Volumes;

/// <summary>A volume at the place where a tool expects it.</summary>
/// <param name="MountPoint">Full path of the link.</param>
/// <param name="Volume">The volume; of a private one, the copy.</param>
/// <param name="KeptAt">Where what stood at the mount point is kept until the volume is dismounted; <see langword="null"/> when nothing did.</param>
public sealed record VolumeMount(string MountPoint, CacheVolume Volume, string? KeptAt);
