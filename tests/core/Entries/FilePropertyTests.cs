using System.Runtime.Versioning;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Entries;

/// <summary>Times and modes of what is saved and restored.</summary>
public sealed class FilePropertyTests : IDisposable
{
    private static readonly CacheKey s_key = Rig.Key("build", "1");
    private static readonly DateTime s_old = new(2020, 2, 3, 4, 5, 6, 789, DateTimeKind.Utc);
    private readonly Rig _rig = new();

    [Fact]
    public async Task A_restore_key_brings_files_and_directories_with_their_own_times()
    {
        string root = OldTree();
        await _rig.Catalog.SaveAsync(s_key, PathToSave.Below(root, ["obj", "file"]), Rig.Details);

        LookupResult found = await _rig.Catalog.FindAndRestoreAsync(Rig.Key("build", "2"), [Rig.Key("build")], Target);

        Assert.Equal(LookupMatch.RestoreKey, found.Match);
        Assert.Equal(TimesOf(root), TimesOf(Target));
        Assert.Equal(s_old, File.GetLastWriteTimeUtc(Path.Combine(Target, "obj/a.o")));
    }

    [Fact]
    public async Task An_exact_hit_gives_all_files_one_time_that_is_not_before_the_restore()
    {
        string root = OldTree();
        await _rig.Catalog.SaveAsync(s_key, PathToSave.Below(root, ["obj", "file"]), Rig.Details);
        string before = _rig.Folder.File("before");

        await _rig.Catalog.FindAndRestoreAsync(s_key, [Rig.Key("build")], Target);

        DateTime time = Assert.Single(TimesOf(Target).Select(line => line.Time).Distinct());
        Assert.InRange(time, File.GetLastWriteTimeUtc(before), File.GetLastWriteTimeUtc(_rig.Folder.File("after")));
    }

    [Fact]
    public async Task Times_are_kept_to_the_nanosecond()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere times are kept to 100 ns.");
        string tree = _rig.Folder.Folder("tree");
        string file = _rig.Folder.File("tree/file", "text");
        var time = new FileTime(1_700_000_000, 123_456_789);
        time.Set(file);
        time.Set(tree);
        CacheEntry saved = (await _rig.Catalog.SaveAsync(s_key, [new PathToSave("file", file), new PathToSave("tree", tree)], Rig.Details)).Entry;

        await _rig.Catalog.RestoreAsync((await _rig.Catalog.FindAsync(saved.Key)).Entry!, Target);

        Assert.All((string[])["file", "tree", "tree/file"], name => Assert.Equal(time, FileTime.Read(Path.Combine(Target, name))));
    }

    [Theory]
    [InlineData(0b110_000_000)]
    [InlineData(0b111_000_000)]
    [InlineData(0b100_000_000)]
    [InlineData(0b100_100_100)]
    [InlineData(0b101_101_101)]
    [UnsupportedOSPlatform("windows")]
    public async Task A_mode_comes_back_no_wider_than_it_was(int mode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Modes are a matter of Unix.");
        string root = _rig.Folder.Folder("root");
        foreach (string name in (string[])["file", "tree/small", "tree/large"])
        {
            File.SetUnixFileMode(_rig.Folder.File("root/" + name, new byte[name == "tree/large" ? 2_000_000 : 5]), (UnixFileMode)mode);
        }

        await _rig.Catalog.SaveAsync(s_key, PathToSave.Below(root, ["file", "tree"]), Rig.Details);
        await _rig.Catalog.FindAndRestoreAsync(s_key, null, Target);

        Assert.All((string[])["file", "tree/small", "tree/large"], name => Assert.Equal((UnixFileMode)mode, File.GetUnixFileMode(Path.Combine(Target, name))));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Directories_keep_their_modes_too_those_that_nothing_can_be_put_into_included()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Modes are a matter of Unix.");
        string tree = _rig.Folder.Folder("tree");
        _rig.Folder.File("tree/module@v1/go.mod", "module");
        _rig.Folder.Folder("tree/private");
        File.SetUnixFileMode(Path.Combine(tree, "private"), (UnixFileMode)0b111_000_000);
        File.SetUnixFileMode(Path.Combine(tree, "module@v1"), (UnixFileMode)0b101_101_101);
        try
        {
            await _rig.SaveTreeAsync(s_key, tree);
            await _rig.Catalog.FindAndRestoreAsync(s_key, null, Target);

            Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(Path.Combine(Target, "tree/private")));
            Assert.Equal((UnixFileMode)0b101_101_101, File.GetUnixFileMode(Path.Combine(Target, "tree/module@v1")));
            Assert.Equal("module", await File.ReadAllTextAsync(Path.Combine(Target, "tree/module@v1/go.mod")));
        }
        finally
        {
            File.SetUnixFileMode(Path.Combine(tree, "module@v1"), (UnixFileMode)0b111_101_101);
            File.SetUnixFileMode(Path.Combine(Target, "tree/module@v1"), (UnixFileMode)0b111_101_101);
        }
    }

    [Fact]
    public async Task Equal_content_without_properties_is_one_tree_whenever_it_was_made()
    {
        var contentOnly = new EntryDetails("test") { Keeps = KeptProperties.None };
        string tree = _rig.Folder.Folder("tree");
        string file = _rig.Folder.File("tree/file", "text");
        Digest first = (await _rig.Catalog.SaveAsync(Rig.Key("1"), [new PathToSave("tree", tree)], contentOnly)).Entry.Paths[0].Digest;
        File.SetLastWriteTimeUtc(file, s_old);

        Assert.Equal(first, (await _rig.Catalog.SaveAsync(Rig.Key("2"), [new PathToSave("tree", tree)], contentOnly)).Entry.Paths[0].Digest);
        Assert.NotEqual(first, (await _rig.SaveTreeAsync(Rig.Key("3"), tree)).Paths[0].Digest);
    }

    [Fact]
    public async Task Holes_stay_holes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Blocks are counted by stat of Linux.");
        string tree = _rig.Folder.Folder("tree");
        using (FileStream sparse = File.Create(Path.Combine(tree, "sparse")))
        {
            sparse.Write("start"u8);
            sparse.Position = 40_000_000;
            sparse.Write("end"u8);
        }

        await _rig.SaveTreeAsync(s_key, tree);
        await _rig.Catalog.FindAndRestoreAsync(s_key, null, Target);

        Assert.Equal(FolderPicture.Of(tree), FolderPicture.Of(Path.Combine(Target, "tree")));
        Assert.InRange(BlocksOf(Path.Combine(Target, "tree/sparse")), 0, 4096);
    }

    private string Target => _rig.Folder.Folder("target");

    private string OldTree()
    {
        string root = _rig.Folder.Folder("root");
        _rig.Folder.File("root/obj/a.o", "a");
        _rig.Folder.File("root/obj/deep/large.o", new byte[2_000_000]);
        _rig.Folder.File("root/file", "text");
        File.SetLastWriteTimeUtc(Path.Combine(root, "obj/a.o"), s_old);
        File.SetLastWriteTimeUtc(Path.Combine(root, "obj/deep/large.o"), s_old.AddSeconds(1));
        File.SetLastWriteTimeUtc(Path.Combine(root, "file"), s_old.AddSeconds(2));
        Directory.SetLastWriteTimeUtc(Path.Combine(root, "obj/deep"), s_old.AddSeconds(3));
        Directory.SetLastWriteTimeUtc(Path.Combine(root, "obj"), s_old.AddSeconds(4));
        return root;
    }

    private static List<(string Path, DateTime Time)> TimesOf(string root) =>
        [.. Directory.GetFileSystemEntries(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(path => (Path.GetRelativePath(root, path), File.GetLastWriteTimeUtc(path)))];

    private static long BlocksOf(string path) => long.Parse(Tool.Run("stat", ["-c", "%b", path])!.Value.Output, System.Globalization.CultureInfo.InvariantCulture);

    public void Dispose() => _rig.Dispose();
}
