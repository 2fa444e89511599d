using BuildCache.Tests.Support;
using BuildCache.Volumes;

namespace BuildCache.Tests.Volumes;

public sealed class CacheVolumesTests : IDisposable
{
    private readonly VolumeRig _rig = new();

    [Fact]
    public void The_same_volume_is_the_same_directory_in_another_process()
    {
        CacheVolume volume = _rig.Get("nuget");
        File.WriteAllText(Path.Combine(volume.Path!, "file"), "kept");

        CacheVolume again = _rig.Other().Get(VolumeRig.Identity("nuget"));

        Assert.Equal(volume.Path, again.Path);
        Assert.Equal("kept", File.ReadAllText(Path.Combine(again.Path!, "file")));
        Assert.Equal(volume.Created, again.Created);
        Assert.Empty(_rig.Temporaries());
    }

    [Fact]
    public void Other_volumes_are_other_directories()
    {
        string?[] paths = [_rig.Get("a").Path, _rig.Get("b").Path, _rig.Get("a", VolumeSharing.Locked).Path];

        Assert.Equal(3, paths.Distinct().Count());
    }

    [Fact]
    public void It_says_what_it_is()
    {
        CacheVolume volume = _rig.Get("nuget", VolumeSharing.Locked);
        File.WriteAllText(Path.Combine(volume.Path!, "file"), "12345");

        CacheVolume found = Assert.Single(_rig.Other().List());

        Assert.Equal(volume.Id, found.Id);
        Assert.Equal("project:p nuget", found.Key.ToString());
        Assert.Equal("project:p", found.Scope.ToString());
        Assert.Equal(VolumeSharing.Locked, found.Sharing);
        Assert.Equal((5, 1), (found.Size, found.FileCount));
        Assert.Empty(found.Holders);
    }

    [Fact]
    public void To_ask_for_it_is_to_use_it_and_to_look_is_not()
    {
        _rig.Get("a");
        _rig.Clock.Ahead = TimeSpan.FromHours(2);
        DateTimeOffset before = _rig.Volumes.Find(VolumeRig.Identity("a"))!.LastUsed;
        Assert.InRange(before, DateTimeOffset.UtcNow - TimeSpan.FromMinutes(1), DateTimeOffset.UtcNow + TimeSpan.FromMinutes(1));
        Assert.Equal(before, _rig.Volumes.List().Single().LastUsed);

        _rig.Get("a");

        Assert.InRange(_rig.Volumes.List().Single().LastUsed - before, TimeSpan.FromMinutes(119), TimeSpan.FromMinutes(121));
    }

    [Fact]
    public void Nothing_is_found_before_it_is_made()
    {
        Assert.Null(_rig.Volumes.Find(VolumeRig.Identity("a")));
        Assert.Empty(_rig.Volumes.List());
        Assert.False(Directory.Exists(_rig.Volumes.Root));
    }

    [Fact]
    public void Only_their_owner_can_enter_them()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no modes.");
            return;
        }

        CacheVolume volume = _rig.Get("a");

        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.Equal(Owner, File.GetUnixFileMode(_rig.Volumes.Root));
        Assert.Equal(Owner, File.GetUnixFileMode(volume.Path!));
    }

    [Fact]
    public void A_volume_that_is_removed_is_gone_and_comes_back_empty()
    {
        CacheVolume volume = _rig.Get("a");
        File.WriteAllText(Path.Combine(volume.Path!, "file"), "");

        Assert.True(_rig.Volumes.Remove(volume));
        Assert.False(_rig.Volumes.Remove(volume));

        Assert.Null(_rig.Volumes.Find(volume.Identity));
        Assert.Empty(Directory.GetFileSystemEntries(_rig.Get("a").Path!));
        Assert.Empty(_rig.Temporaries());
    }

    [Fact]
    public void A_volume_that_lost_its_record_in_a_crash_keeps_what_it_holds()
    {
        CacheVolume volume = _rig.Get("a");
        File.WriteAllText(Path.Combine(volume.Path!, "file"), "kept");
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(volume.Path)!, "volume"), "");

        CacheVolume again = _rig.Get("a");

        Assert.True(File.Exists(Path.Combine(again.Path!, "file")));
        Assert.Single(_rig.Volumes.List());
    }

    [Fact]
    public void A_later_format_is_refused()
    {
        _rig.Get("a");
        File.WriteAllText(Path.Combine(_rig.Volumes.Root, "version"), "2\n");

        Fails.With(ErrorId.UnsupportedFormat, () => _rig.Other().Get(VolumeRig.Identity("a")));
    }

    [Fact]
    public void A_directory_that_cannot_be_made_is_named()
    {
        string file = _rig.Folder.File("file");
        BuildCacheException error = Fails.With(ErrorId.StoreUnavailable, () => new CacheVolumes(Path.Combine(file, "volumes")).Get(VolumeRig.Identity("a")));
        Assert.Contains(file, error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _rig.Dispose();
}
