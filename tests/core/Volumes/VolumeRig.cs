using BuildCache.Tests.Support;
using BuildCache.Volumes;

namespace BuildCache.Tests.Volumes;

/// <summary>Volumes in a directory of their own, and short ways to use them.</summary>
public sealed class VolumeRig : IDisposable
{
    public VolumeRig() => Volumes = new CacheVolumes(Folder.PathOf("volumes"), Clock);

    public TempFolder Folder { get; } = new();

    public FakeClock Clock { get; } = new();

    public CacheVolumes Volumes { get; }

    public static VolumeIdentity Identity(string name, VolumeSharing sharing = VolumeSharing.Shared) => new(Rig.Key(name), sharing);

    public CacheVolume Get(string name, VolumeSharing sharing = VolumeSharing.Shared) => Volumes.Get(Identity(name, sharing));

    public async Task<VolumeHold> HoldAsync(params CacheVolume[] volumes) =>
        await Volumes.HoldAsync(volumes, TimeSpan.FromSeconds(10), cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>Another that looks at the same volumes, as another process would.</summary>
    public CacheVolumes Other() => new(Volumes.Root, Clock);

    /// <summary>What is left in the directory of things half made.</summary>
    public string[] Temporaries() => Directory.GetFileSystemEntries(Path.Combine(Volumes.Root, "tmp"));

    public void Dispose() => Folder.Dispose();
}
