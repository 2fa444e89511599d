using System.Diagnostics;
using BuildCache.Tests.Support;
using BuildCache.Volumes;

namespace BuildCache.Tests.Volumes;

public sealed class MountTests : IDisposable
{
    private readonly VolumeRig _rig = new();
    private readonly string _place;

    public MountTests() => _place = _rig.Folder.PathOf("work/node_modules");

    private Task<VolumeMount> MountAsync(CacheVolume volume, bool keepExisting = false) => MountAsync(volume, _place, keepExisting);

    private Task<VolumeMount> MountAsync(CacheVolume volume, string place, bool keepExisting = false) =>
        _rig.Volumes.MountAsync(volume, place, keepExisting, TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

    private string[] Beside() => [.. Directory.GetFileSystemEntries(Path.GetDirectoryName(_place)!).Where(path => path != _place)];

    [Fact]
    public async Task A_tool_finds_the_volume_where_it_looks_for_it()
    {
        CacheVolume volume = _rig.Get("a");

        VolumeMount mount = await MountAsync(volume);
        File.WriteAllText(Path.Combine(_place, "file"), "kept");

        Assert.Equal((_place, volume.Path, null), (mount.MountPoint, mount.Volume.Path, mount.KeptAt));
        Assert.Equal("kept", File.ReadAllText(Path.Combine(volume.Path!, "file")));
        Assert.Equal([_place], volume.Mounts);

        _rig.Other().Dismount(_place);

        Assert.False(Path.Exists(_place));
        Assert.True(File.Exists(Path.Combine(volume.Path!, "file")));
        Assert.Empty(volume.Mounts);
        Assert.Empty(Directory.GetFiles(Path.Combine(_rig.Volumes.Root, "mounts")));
    }

    [Theory]
    [InlineData(VolumeSharing.Shared)]
    [InlineData(VolumeSharing.Private)]
    [InlineData(VolumeSharing.Locked)]
    public async Task What_is_mounted_is_not_removed(VolumeSharing sharing)
    {
        CacheVolume volume = _rig.Get("a", sharing);
        await MountAsync(volume);
        Fails.With(ErrorId.VolumeInUse, () => _rig.Volumes.Remove(volume));

        _rig.Volumes.Dismount(_place);

        Assert.True(_rig.Volumes.Remove(volume));
    }

    [Fact]
    public async Task A_link_that_somebody_removed_keeps_no_volume_in_use()
    {
        CacheVolume volume = _rig.Get("a");
        await MountAsync(volume);
        File.Delete(_place);

        Assert.True(_rig.Volumes.Remove(volume));
        _rig.Volumes.Dismount(_place);
        Fails.With(ErrorId.VolumeNotFound, () => _rig.Volumes.Dismount(_place));
    }

    [Fact]
    public async Task An_empty_directory_is_put_back()
    {
        Directory.CreateDirectory(_place);

        await MountAsync(_rig.Get("a"));
        Assert.NotNull(new FileInfo(_place).LinkTarget);
        _rig.Volumes.Dismount(_place);

        Assert.Null(new FileInfo(_place).LinkTarget);
        Assert.Empty(Directory.GetFileSystemEntries(_place));
        Assert.Empty(Beside());
    }

    [Theory]
    [InlineData("file", "a file")]
    [InlineData("directory", "a directory that is not empty")]
    [InlineData("link", "a link to")]
    [InlineData("dangling", "a link to")]
    [InlineData("file link", "a link to")]
    public async Task What_stands_there_is_refused_or_kept_and_never_lost(string what, string described)
    {
        string work = _rig.Folder.Folder("work");
        _rig.Folder.File("elsewhere/file", "elsewhere");
        switch (what)
        {
            case "file":
                File.WriteAllText(_place, "precious");
                break;
            case "directory":
                _rig.Folder.File("work/node_modules/sub/file", "precious");
                break;
            case "link":
                Directory.CreateSymbolicLink(_place, _rig.Folder.PathOf("elsewhere"));
                break;
            case "dangling":
                File.CreateSymbolicLink(_place, "nowhere");
                break;
            default:
                File.CreateSymbolicLink(_place, _rig.Folder.PathOf("elsewhere/file"));
                break;
        }

        CacheVolume volume = _rig.Get("a");
        IReadOnlyList<string> before = FolderPicture.Of(work);

        BuildCacheException error = await Fails.WithAsync(ErrorId.InvalidMountPoint, () => MountAsync(volume));
        Assert.Contains(described, error.Message, StringComparison.Ordinal);
        Assert.Contains("-Force", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, FolderPicture.Of(work));

        VolumeMount mount = await MountAsync(volume, keepExisting: true);
        File.WriteAllText(Path.Combine(_place, "new"), "");
        Assert.Equal([mount.KeptAt!], Beside());
        _rig.Other().Dismount(_place);

        Assert.Equal(before, FolderPicture.Of(work));
        Assert.True(File.Exists(Path.Combine(volume.Path!, "new")));
    }

    [Fact]
    public async Task A_link_of_ours_gives_way_and_what_it_keeps_is_not_forgotten()
    {
        _rig.Folder.File("work/node_modules/file", "precious");
        await MountAsync(_rig.Get("a"), keepExisting: true);

        await MountAsync(_rig.Get("b"));

        Assert.Equal(_rig.Get("b").Path, new FileInfo(_place).LinkTarget);
        Assert.Empty(_rig.Get("a").Mounts);
        _rig.Volumes.Dismount(_place);
        Assert.Equal("precious", File.ReadAllText(Path.Combine(_place, "file")));
    }

    [Fact]
    public async Task A_link_to_a_volume_that_is_gone_gives_way()
    {
        CacheVolume gone = _rig.Get("gone");
        Directory.CreateDirectory(Path.GetDirectoryName(_place)!);
        Directory.CreateSymbolicLink(_place, gone.Path!);
        _rig.Volumes.Remove(gone);

        await MountAsync(_rig.Get("a"));

        Assert.Equal([_place], _rig.Get("a").Mounts);
    }

    [Fact]
    public async Task What_somebody_put_in_place_of_the_link_is_left_as_it_is()
    {
        _rig.Folder.File("work/node_modules/file", "precious");
        VolumeMount mount = await MountAsync(_rig.Get("a"), keepExisting: true);
        File.Delete(_place);
        _rig.Folder.File("work/node_modules/other", "theirs");

        BuildCacheException error = Fails.With(ErrorId.InvalidMountPoint, () => _rig.Volumes.Dismount(_place));
        Assert.Contains(mount.KeptAt!, error.Message, StringComparison.Ordinal);
        Assert.Equal("theirs", File.ReadAllText(Path.Combine(_place, "other")));
        await Fails.WithAsync(ErrorId.InvalidMountPoint, () => MountAsync(_rig.Get("a"), keepExisting: true));

        Directory.Delete(_place, recursive: true);
        _rig.Volumes.Dismount(_place);
        Assert.Equal("precious", File.ReadAllText(Path.Combine(_place, "file")));
    }

    [Fact]
    public async Task After_a_crash_before_the_link_was_made_what_stood_there_comes_back()
    {
        _rig.Folder.File("work/node_modules/file", "precious");
        await MountAsync(_rig.Get("a"), keepExisting: true);
        File.Delete(_place);

        await MountAsync(_rig.Get("b"));
        _rig.Volumes.Dismount(_place);

        Assert.Equal("precious", File.ReadAllText(Path.Combine(_place, "file")));
    }

    [Fact]
    public async Task A_locked_volume_is_held_until_it_is_dismounted()
    {
        CacheVolume volume = _rig.Get("a", VolumeSharing.Locked);
        await MountAsync(volume);
        await MountAsync(volume);
        await Fails.WithAsync(ErrorId.LockTimeout, () => _rig.Other().HoldAsync([volume], TimeSpan.FromMilliseconds(50), cancellationToken: TestContext.Current.CancellationToken));

        _rig.Volumes.Dismount(_place);

        (await _rig.HoldAsync(volume)).Dispose();
    }

    [Fact]
    public async Task What_another_process_has_mounted_and_holds_is_not_replaced()
    {
        using Process other = TestProgram.Start("volume-mount", _rig.Volumes.Root, _place);
        Assert.Equal("mounted", await other.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        BuildCacheException error = await Fails.WithAsync(ErrorId.VolumeInUse, () => MountAsync(_rig.Get("a")));
        Assert.Contains($"process {other.Id}", error.Message, StringComparison.Ordinal);

        other.Kill();
        await other.WaitForExitAsync(TestContext.Current.CancellationToken);

        await MountAsync(_rig.Get("a"));
        Assert.Equal([_place], _rig.Get("a").Mounts);
    }

    [Fact]
    public async Task A_private_volume_is_mounted_as_a_copy_that_nobody_else_gets()
    {
        CacheVolume volume = _rig.Get("a", VolumeSharing.Private);
        VolumeMount mount = await MountAsync(volume);
        VolumeMount other = await MountAsync(volume, _place + "2");

        Assert.NotEqual(mount.Volume.Path, other.Volume.Path);
        Assert.Equal(2, volume.Mounts.Count);
        _rig.Volumes.Dismount(_place);
        _rig.Volumes.Dismount(_place + "2");
        Assert.Empty(volume.Holders);
    }

    [Fact]
    public async Task Who_holds_a_volume_mounts_it_without_waiting_for_himself()
    {
        CacheVolume volume = _rig.Get("a", VolumeSharing.Locked);
        VolumeHold hold = await _rig.HoldAsync(volume);

        await MountAsync(hold.Volumes[0]);
        await MountAsync(hold.Volumes[0]);
        _rig.Volumes.Dismount(_place);
        await MountAsync(hold.Volumes[0]);
        Assert.Single(volume.Holders);
        hold.Dispose();

        await MountAsync(volume);
        _rig.Volumes.Dismount(_place);
        Assert.Empty(volume.Holders);
    }

    [Fact]
    public void What_is_not_mounted_is_not_dismounted()
    {
        string file = _rig.Folder.File("work/file", "precious");

        Fails.With(ErrorId.VolumeNotFound, () => _rig.Volumes.Dismount(_place));
        Fails.With(ErrorId.VolumeNotFound, () => _rig.Volumes.Dismount(file));

        Assert.True(File.Exists(file));
    }

    [Fact]
    public async Task No_volume_is_mounted_over_or_inside_of_the_volumes()
    {
        CacheVolume volume = _rig.Get("a");

        await Fails.WithAsync(ErrorId.InvalidMountPoint, () => MountAsync(volume, _rig.Folder.Root, keepExisting: true));
        await Fails.WithAsync(ErrorId.InvalidMountPoint, () => MountAsync(volume, Path.Combine(volume.Path!, "x")));
        await Fails.WithAsync(ErrorId.InvalidMountPoint, () => MountAsync(volume, Path.GetPathRoot(_rig.Folder.Root)!));
    }

    [Fact]
    public async Task A_place_is_the_same_through_a_link_to_it()
    {
        _rig.Folder.Folder("work");
        Directory.CreateSymbolicLink(_rig.Folder.PathOf("way"), _rig.Folder.PathOf("work"));
        await MountAsync(_rig.Get("a"), _rig.Folder.PathOf("way/node_modules"));

        _rig.Volumes.Dismount(_place);

        Assert.False(Path.Exists(_place));
    }

    [Fact]
    public async Task Any_path_will_do()
    {
        string odd = _rig.Folder.PathOf($"with space/größe 数 😀/{new string('x', 150)}/{new string('y', 150)}/a'b$c&d");
        using var far = new TempFolder();
        var volumes = new CacheVolumes(far.PathOf($"{new string('h', 150)} größe/{new string('i', 150)}"));
        CacheVolume volume = volumes.Get(VolumeRig.Identity("a"));

        await volumes.MountAsync(volume, odd, cancellationToken: TestContext.Current.CancellationToken);
        File.WriteAllText(Path.Combine(odd, "file"), "kept");
        Assert.Equal([odd], volume.Mounts);
        volumes.Dismount(odd);

        Assert.False(Path.Exists(odd));
        Assert.True(File.Exists(Path.Combine(volume.Path!, "file")));
    }

    public void Dispose() => _rig.Dispose();
}
