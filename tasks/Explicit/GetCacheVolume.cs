using BuildCache.MSBuild.Session;
using BuildCache.Volumes;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild;

/// <summary>Gives the volume of a key, and makes it when it is first asked for, as the cmdlet <c>Get-CacheVolume</c> does.</summary>
/// <remarks>A private or locked volume is held until the end of the build. In one build, one node can have a locked one.</remarks>
public sealed class GetCacheVolume : VolumeTask
{
    /// <summary>Full path of the directory; of a private volume, of the copy that this build has. Empty when it could not be had.</summary>
    [Output]
    public string Path { get; private set; } = "";

    /// <summary>The id of the volume; empty when it could not be had.</summary>
    [Output]
    public string Id { get; private set; } = "";

    private protected override void Use(BuildVolume taken, CacheVolume volume) => (Path, Id) = (volume.Path!, volume.Id);
}
