using BuildCache.Files;
using BuildCache.Locks;
using BuildCache.Tests.Support;
using BuildCache.Volumes;

namespace BuildCache.Tests.Volumes;

public sealed class SeedTests : IDisposable
{
    private readonly VolumeRig _rig = new();
    private readonly string _seed;

    public SeedTests()
    {
        _seed = _rig.Folder.Folder("seed");
        _rig.Folder.File("seed/sub/file", "content");
        _rig.Folder.Folder("seed/empty");
        File.CreateSymbolicLink(_rig.Folder.PathOf("seed/link"), "sub/file");
        File.SetLastWriteTimeUtc(_rig.Folder.PathOf("seed/sub/file"), new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        Directory.SetLastWriteTimeUtc(_rig.Folder.PathOf("seed/sub"), new DateTime(2021, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_rig.Folder.PathOf("seed/sub/file"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    private static VolumeIdentity Seeded(VolumeSharing sharing = VolumeSharing.Shared) => new(Rig.Key("a"), sharing, "seed");

    [Fact]
    public void A_new_volume_starts_as_a_copy_of_its_source()
    {
        CacheVolume volume = _rig.Volumes.Get(Seeded(), _seed);

        Assert.Equal(FolderPicture.Of(_seed), FolderPicture.Of(volume.Path!));
        string file = Path.Combine(volume.Path!, "sub", "file");
        Assert.Equal(new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc), File.GetLastWriteTimeUtc(file));
        Assert.Equal(new DateTime(2021, 1, 2, 3, 4, 5, DateTimeKind.Utc), Directory.GetLastWriteTimeUtc(Path.Combine(volume.Path!, "sub")));
    }

    [Fact]
    public void What_the_source_holds_later_changes_nothing()
    {
        _rig.Volumes.Get(Seeded(), _seed);
        _rig.Folder.File("seed/late", "");

        CacheVolume volume = _rig.Volumes.Get(Seeded(), _seed);
        Directory.Delete(_seed, recursive: true);
        CacheVolume again = _rig.Volumes.Get(Seeded(), _seed);

        Assert.False(File.Exists(Path.Combine(volume.Path!, "late")));
        Assert.Equal(volume.Path, again.Path);
    }

    [Fact]
    public async Task Every_copy_of_a_private_volume_starts_as_the_volume_did()
    {
        CacheVolume volume = _rig.Volumes.Get(Seeded(VolumeSharing.Private), _seed);
        IReadOnlyList<string> before = FolderPicture.Of(_seed);
        Directory.Delete(_seed, recursive: true);

        using VolumeHold hold = await _rig.HoldAsync(volume);
        using VolumeHold other = await _rig.HoldAsync(volume);

        Assert.Equal(before, FolderPicture.Of(hold.Volumes[0].Path!));
        Assert.Equal(before, FolderPicture.Of(other.Volumes[0].Path!));
    }

    [Fact]
    public void Without_its_source_no_volume_is_made()
    {
        Fails.With(ErrorId.InputNotFound, () => _rig.Volumes.Get(Seeded(), _rig.Folder.PathOf("nowhere")));
        Fails.With(ErrorId.InputNotFound, () => _rig.Volumes.Get(Seeded()));

        Assert.Empty(_rig.Volumes.List());
        Assert.Empty(_rig.Temporaries());
        Assert.NotNull(_rig.Volumes.Get(Seeded(), _seed));
    }

    [Fact]
    public void Half_a_seed_is_no_volume()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no pipes in directories.");
        }

        MakePipe(_rig.Folder.PathOf("seed/sub/pipe"));

        BuildCacheException error = Fails.With(ErrorId.UnsupportedFile, () => _rig.Volumes.Get(Seeded(), _seed));

        Assert.Contains("pipe", error.Message, StringComparison.Ordinal);
        Assert.Empty(_rig.Volumes.List());
        Assert.Empty(_rig.Temporaries());
    }

    [Fact]
    public void What_the_dead_had_half_made_is_swept_and_what_the_living_make_is_not()
    {
        _rig.Get("first");
        string dead = Path.Combine(_rig.Volumes.Root, "tmp", StagingName.New());
        Directory.CreateDirectory(Path.Combine(dead, "data"));
        File.WriteAllText(dead + ".lock", "");
        using TemporaryPlace living = TemporaryPlace.Begin(Path.Combine(_rig.Volumes.Root, "tmp"));
        Directory.CreateDirectory(living.Path);

        _rig.Get("second");

        Assert.False(Path.Exists(dead));
        Assert.False(Path.Exists(dead + ".lock"));
        Assert.True(Directory.Exists(living.Path));
    }

    private static void MakePipe(string path)
    {
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start("mkfifo", [path]);
        process.WaitForExit();
    }

    public void Dispose() => _rig.Dispose();
}
