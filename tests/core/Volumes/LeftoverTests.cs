using BuildCache.Files;
using BuildCache.Locks;
using BuildCache.Tests.Support;
using BuildCache.Volumes;

namespace BuildCache.Tests.Volumes;

/// <summary>What a tool leaves in a volume that cannot be removed, or not easily, makes no other volume unusable.</summary>
public sealed class LeftoverTests : IDisposable
{
    private readonly VolumeRig _rig = new();

    [Fact]
    public void A_volume_with_names_that_are_not_UTF8_is_removed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Names of Windows are no bytes.");
        CacheVolume volume = _rig.Get("volume");
        Assert.Equal(0, Tool.Run("sh", ["-c", $"cd '{volume.Path}' && mkdir $(printf 'caf\\351') && echo x > $(printf 'caf\\351/a\\377')"])!.Value.ExitCode);

        Assert.True(_rig.Volumes.Remove(volume));

        Assert.Empty(_rig.Temporaries());
        Assert.NotNull(_rig.Get("other").Path);
    }

    [Fact]
    public void What_cannot_be_removed_is_told_and_swept_when_it_can()
    {
        CacheVolume volume = _rig.Get("volume");
        using (var disk = new SmallDisk(100, Directory.CreateDirectory(Path.Combine(volume.Path!, "mounted")).FullName))
        {
            File.WriteAllText(Path.Combine(volume.Path!, "file"), "");

            BuildCacheException error = Fails.With(ErrorId.RemovalIncomplete, () => _rig.Volumes.Remove(volume));

            Assert.Contains("mounted", error.Message, StringComparison.Ordinal);
            Assert.Empty(_rig.Volumes.List());
            Assert.NotNull(_rig.Get("second").Path);
            Assert.Equal(2, _rig.Temporaries().Length);
            // The mount moved with the volume.
            Tool.Run("umount", ["-l", Directory.GetDirectories(Path.Combine(_rig.Volumes.Root, "tmp"), "mounted", SearchOption.AllDirectories)[0]]);
        }

        _rig.Get("third");

        Assert.Empty(_rig.Temporaries());
    }

    [Fact]
    public void Data_is_replaced_whatever_an_earlier_replacing_left()
    {
        CacheVolume volume = _rig.Get("volume");
        File.WriteAllText(Path.Combine(volume.Path!, "old"), "");
        string former = Directory.CreateDirectory(Path.Combine(volume.Directory, "old", "mounted")).FullName;
        using var disk = new SmallDisk(100, former);
        using TemporaryPlace place = TemporaryPlace.Begin(Path.Combine(_rig.Volumes.Root, "tmp"));
        Directory.CreateDirectory(place.Path);
        File.WriteAllText(Path.Combine(place.Path, "new"), "");

        VolumeLayout.ReplaceData(volume.Directory, place.Path, place);

        Assert.Equal(["new"], Directory.GetFileSystemEntries(volume.Path!).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0\0")]
    public void A_version_file_that_a_crash_left_without_content_is_written_again(string content)
    {
        _rig.Get("volume");
        string version = Path.Combine(_rig.Volumes.Root, "version");
        File.WriteAllText(version, content);

        Assert.NotNull(new CacheVolumes(_rig.Volumes.Root).Get(VolumeRig.Identity("other")));

        Assert.Equal("1\n", File.ReadAllText(version));
    }

    public void Dispose() => _rig.Dispose();
}
