using BuildCache.Entries;
using BuildCache.Tests.Support;
using BuildCache.Volumes;

namespace BuildCache.Tests.Soaks;

/// <summary>Mounts volumes over a directory of the user's, and dismounts them.</summary>
internal sealed class MountScenario(string root) : SoakScenario(root)
{
    private string Place => Path.Combine(Work, "tool");

    protected override Task BeginAsync(EntryCatalog catalog)
    {
        SampleTree.Write(Place, 1);
        SampleTree.Write(VolumeOf(VolumeSharing.Shared).Path!, 2);
        return FillLockedAsync();
    }

    protected override async Task StepAsync(EntryCatalog catalog, int turn)
    {
        await Volumes.MountAsync(VolumeOf(turn % 2 == 0 ? VolumeSharing.Shared : VolumeSharing.Locked), Place, keepExisting: true);
        Volumes.Dismount(Place);
    }

    protected override async Task CheckAsync(EntryCatalog catalog, SoakFindings findings)
    {
        foreach (VolumeSharing sharing in (VolumeSharing[])[VolumeSharing.Shared, VolumeSharing.Locked])
        {
            await Volumes.MountAsync(VolumeOf(sharing), Place, keepExisting: true, TimeSpan.FromSeconds(10));
            findings.Expect(Place, sharing == VolumeSharing.Shared ? 2 : 3);
            Volumes.Dismount(Place);
            findings.Expect(Place, 1);
        }
    }

    private CacheVolume VolumeOf(VolumeSharing sharing) => Volumes.Get(new VolumeIdentity(Rig.Key("mounted"), sharing));

    private async Task FillLockedAsync()
    {
        using VolumeHold hold = await Volumes.HoldAsync([VolumeOf(VolumeSharing.Locked)], TimeSpan.FromSeconds(10));
        SampleTree.Write(hold.Volumes[0].Path!, 3);
    }
}
