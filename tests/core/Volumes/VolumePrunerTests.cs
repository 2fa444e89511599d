using BuildCache.Pruning;
using BuildCache.Tests.Support;
using BuildCache.Volumes;

namespace BuildCache.Tests.Volumes;

public sealed class VolumePrunerTests : IDisposable
{
    private readonly VolumeRig _rig = new();

    private VolumePruner Pruner => new(_rig.Volumes);

    private static PrunePolicy AtMost(long bytes, TimeSpan? keep = null) => new(KeepDuration: keep, Budget: new SpaceBudget(SizeLimit.OfBytes(bytes)));

    /// <summary>Makes a volume of some bytes that was last used some hours ago.</summary>
    private CacheVolume Make(string name, int bytes, double hoursAgo)
    {
        _rig.Clock.Ahead = TimeSpan.FromHours(-hoursAgo);
        CacheVolume volume = _rig.Get(name);
        File.WriteAllBytes(Path.Combine(volume.Path!, "file"), new byte[bytes]);
        _rig.Clock.Ahead = default;
        return volume;
    }

    private static string[] Names(VolumePruneResult result) => [.. result.Removed.Select(removed => removed.Volume.Key.Parts[0])];

    private string[] Left() => [.. _rig.Volumes.List().Select(volume => volume.Key.Parts[0]).Order()];

    [Fact]
    public void The_least_recently_used_go_until_the_rest_fits()
    {
        Make("middle", 100, 5);
        Make("new", 100, 1);
        Make("old", 100, 9);

        VolumePruneResult plan = Pruner.Plan(AtMost(150));
        Assert.Equal(3, _rig.Volumes.List().Count());
        VolumePruneResult result = Pruner.Prune(AtMost(150));

        Assert.Equal(["old", "middle"], Names(plan));
        Assert.Equal(Names(plan), Names(result));
        Assert.All(result.Removed, removed => Assert.Contains("hold more than 150 B", removed.Reason, StringComparison.Ordinal));
        Assert.Equal((1, 100), (result.Kept, result.BytesKept));
        Assert.Equal(["new"], Left());
        Assert.Empty(_rig.Temporaries());
    }

    [Fact]
    public void What_is_expired_goes_whatever_the_space()
    {
        Make("old", 10, 30);
        Make("new", 10, 1);

        VolumePruneResult result = Pruner.Prune(new PrunePolicy(MaximumAge: TimeSpan.FromDays(1)));

        Assert.Equal(["old"], Names(result));
        Assert.Contains("not used for more than", result.Removed[0].Reason, StringComparison.Ordinal);
        Assert.Equal(["new"], Left());
    }

    [Fact]
    public void What_was_used_within_the_keep_duration_stays_whatever_the_space()
    {
        Make("old", 100, 5);
        Make("new", 100, 1);

        Assert.Equal(["old"], Names(Pruner.Prune(AtMost(0, TimeSpan.FromHours(2)))));
        Assert.Equal(["new"], Left());
    }

    [Fact]
    public void Of_equally_old_ones_the_largest_goes_first()
    {
        foreach ((string name, int size) in ((string, int)[])[("small", 10), ("large", 1000), ("middle", 100)])
        {
            Make(name, size, 5);
        }

        // To the tick.
        DateTime used = DateTime.UtcNow - TimeSpan.FromHours(5);
        foreach (CacheVolume volume in _rig.Volumes.List())
        {
            string directory = Path.GetDirectoryName(volume.Path)!;
            VolumeRecord.Write(new VolumeFiles(_rig.Volumes.Root), directory, volume.Identity, used);
            File.SetLastWriteTimeUtc(Path.Combine(directory, "used"), used);
        }

        Assert.Equal(["large"], Names(Pruner.Plan(AtMost(200))));
    }

    [Fact]
    public async Task What_is_held_or_mounted_is_never_touched()
    {
        CacheVolume held = Make("held", 100, 9);
        CacheVolume mounted = Make("mounted", 100, 8);
        Make("free", 100, 7);
        using VolumeHold hold = await _rig.HoldAsync(held);
        File.SetLastWriteTimeUtc(Path.Combine(Path.GetDirectoryName(held.Path)!, "used"), DateTime.UtcNow - TimeSpan.FromHours(9));
        await _rig.Volumes.MountAsync(mounted, _rig.Folder.PathOf("mount"), cancellationToken: TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(Path.Combine(Path.GetDirectoryName(mounted.Path)!, "used"), DateTime.UtcNow - TimeSpan.FromHours(8));

        VolumePruneResult plan = Pruner.Plan(AtMost(0));
        VolumePruneResult result = Pruner.Prune(AtMost(0));

        Assert.Equal(["free"], Names(plan));
        Assert.Equal(["free"], Names(result));
        Assert.Equal(["held", "mounted"], Left());
    }

    [Fact]
    public async Task Free_copies_of_a_private_volume_go_one_by_one()
    {
        CacheVolume volume = _rig.Get("a", VolumeSharing.Private);
        VolumeHold one = await _rig.HoldAsync(volume);
        VolumeHold two = await _rig.HoldAsync(volume);
        File.WriteAllBytes(Path.Combine(one.Volumes[0].Path!, "file"), new byte[100]);
        File.WriteAllBytes(Path.Combine(two.Volumes[0].Path!, "file"), new byte[50]);
        one.Dispose();

        VolumePruneResult result = Pruner.Prune(AtMost(0));
        Assert.Equal([0], result.Removed.Select(removed => removed.Copy!.Value));
        Assert.True(Directory.Exists(two.Volumes[0].Path));
        two.Dispose();

        result = Pruner.Prune(AtMost(10));
        Assert.Equal([1], result.Removed.Select(removed => removed.Copy!.Value));
        Assert.Single(_rig.Volumes.List());

        _rig.Clock.Ahead = TimeSpan.FromDays(2);
        Assert.Null(Assert.Single(Pruner.Prune(new PrunePolicy(MaximumAge: TimeSpan.FromDays(1))).Removed).Copy);
        Assert.Empty(_rig.Volumes.List());
    }

    [Fact]
    public void Without_a_limit_nothing_goes()
    {
        Make("old", 100, 9000);

        Assert.Empty(Pruner.Prune(new PrunePolicy()).Removed);
    }

    [Fact]
    public void What_is_marked_as_read_only_goes_too()
    {
        CacheVolume volume = Make("old", 100, 9);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Directory.CreateDirectory(Path.Combine(volume.Path!, "sub", "below")).FullName, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            File.SetUnixFileMode(Path.Combine(volume.Path!, "sub"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        Assert.True(_rig.Volumes.Remove(volume));
        Assert.Empty(_rig.Temporaries());
    }

    public void Dispose() => _rig.Dispose();
}
