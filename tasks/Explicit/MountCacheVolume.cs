using BuildCache.MSBuild.Session;
using BuildCache.Volumes;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild;

/// <summary>Puts a volume where a tool expects it, as the cmdlet <c>Mount-CacheVolume</c> does.</summary>
/// <remarks>A shared volume stays mounted. A private or locked one is dismounted and let go of at the end of the build.</remarks>
public sealed class MountCacheVolume : VolumeTask
{
    /// <summary>Where to put it.</summary>
    [Required]
    public string Path { get; set; } = "";

    /// <summary>Whether what stands there is moved aside, and put back when the volume is dismounted; else it is a warning.</summary>
    public bool Force { get; set; }

    /// <summary>Whether the volume is mounted there.</summary>
    [Output]
    public bool Mounted { get; private set; }

    private protected override void Use(BuildVolume taken, CacheVolume volume)
    {
        taken.Mount(System.IO.Path.GetFullPath(Path), Force);
        Mounted = true;
    }
}
