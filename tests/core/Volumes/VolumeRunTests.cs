using BuildCache.Configuration;
using BuildCache.Tests.Configuration;
using BuildCache.Tests.Support;
using BuildCache.Volumes;

namespace BuildCache.Tests.Volumes;

[Collection<EnvironmentAlone>]
public sealed class VolumeRunTests : IDisposable
{
    private readonly EnvironmentGuard _environment = new();
    private readonly VolumeRig _rig = new();

    public VolumeRunTests()
    {
        _environment.Set(VolumeRun.Variable, null);
        _environment.Set(Session.Variable, "run 7");
    }

    [Fact]
    public void Volumes_stay_unless_it_is_said_otherwise()
    {
        Assert.Null(VolumeRun.Current);
        _environment.Set(VolumeRun.Variable, "persistent");
        Assert.Null(VolumeRun.Current);
    }

    [Fact]
    public void A_run_has_fresh_volumes_of_its_own_that_all_its_processes_share()
    {
        CacheVolume stays = _rig.Get("a");
        File.WriteAllText(Path.Combine(stays.Path!, "file"), "");
        _environment.Set(VolumeRun.Variable, "Fresh");

        CacheVolume fresh = _rig.Volumes.Get(new VolumeIdentity(Rig.Key("a"), run: VolumeRun.Current));
        CacheVolume again = _rig.Other().Get(new VolumeIdentity(Rig.Key("a"), run: VolumeRun.Current));
        _environment.Set(Session.Variable, "run 8");
        CacheVolume other = _rig.Volumes.Get(new VolumeIdentity(Rig.Key("a"), run: VolumeRun.Current));

        Assert.Empty(Directory.GetFileSystemEntries(fresh.Path!));
        Assert.Equal(fresh.Path, again.Path);
        Assert.Equal("run 7", fresh.Identity.Run);
        Assert.Equal(3, new[] { stays.Path, fresh.Path, other.Path }.Distinct().Count());
    }

    [Fact]
    public void Another_word_is_refused()
    {
        _environment.Set(VolumeRun.Variable, "Empty");
        BuildCacheException error = Fails.With(ErrorId.InvalidSetting, () => _ = VolumeRun.Current);
        Assert.Contains("Persistent, Fresh", error.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _rig.Dispose();
        _environment.Dispose();
    }
}
