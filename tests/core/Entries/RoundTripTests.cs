using System.Runtime.Versioning;
using System.Security.Cryptography;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Entries;

public sealed class RoundTripTests : IDisposable
{
    private static readonly CacheKey s_key = Rig.Key("round", "trip");
    private readonly Rig _rig = new();

    [Fact]
    public async Task A_tree_comes_back_as_it_was()
    {
        string tree = _rig.Folder.Folder("tree");
        _rig.Folder.File("tree/plain.txt", "text");
        _rig.Folder.File("tree/empty");
        _rig.Folder.Folder("tree/empty directory/another");
        _rig.Folder.File("tree/größe/数/😀 e\u0301.bin", [0, 1, 2]);
        _rig.Folder.File($"tree/{new string('n', 255)}", "long");
        _rig.Folder.File("tree/-rf", "option");
        _rig.Folder.File("tree/deep/1/2/3/4/5/6/7/8/9/file", "deep");
        _rig.Folder.File("tree/small below the bound", RandomNumberGenerator.GetBytes(1024 * 1024));
        _rig.Folder.File("tree/big above the bound", RandomNumberGenerator.GetBytes((1024 * 1024) + 1));
        _rig.Folder.File("tree/big", RandomNumberGenerator.GetBytes(3_500_000));
        File.CreateSymbolicLink(Path.Combine(tree, "link"), "plain.txt");
        File.CreateSymbolicLink(Path.Combine(tree, "dangling"), "nothing here");
        Directory.CreateSymbolicLink(Path.Combine(tree, "deep/up"), "../größe");
        if (!OperatingSystem.IsWindows())
        {
            foreach (string name in (string[])["run.sh", "big tool"])
            {
                string path = _rig.Folder.File($"tree/{name}", name == "run.sh" ? [1] : new byte[2_000_000]);
                File.SetUnixFileMode(path, File.GetUnixFileMode(path) | UnixFileMode.UserExecute);
            }
        }

        IReadOnlyList<string> before = FolderPicture.Of(tree);

        CacheEntry entry = await _rig.SaveTreeAsync(s_key, tree);
        await _rig.Catalog.RestoreAsync((await _rig.Catalog.FindAsync(s_key)).Entry!, _rig.Folder.Folder("target"));

        Assert.Equal(before, FolderPicture.Of(_rig.Folder.PathOf("target/tree")));
        Assert.Equal(before.Count(line => line.StartsWith("file", StringComparison.Ordinal)), entry.FileCount);
        Assert.Equal(["tree"], Directory.GetFileSystemEntries(_rig.Folder.PathOf("target")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task An_empty_directory_comes_back()
    {
        await _rig.SaveTreeAsync(s_key, _rig.Folder.Folder("empty"));
        await _rig.Catalog.RestoreAsync((await _rig.Catalog.FindAsync(s_key)).Entry!, _rig.Folder.Folder("target"));

        Assert.Empty(Directory.GetFileSystemEntries(_rig.Folder.PathOf("target/tree")));
    }

    [Fact]
    public async Task More_files_than_one_batch_come_back()
    {
        string tree = _rig.Folder.Folder("tree");
        for (int i = 0; i < 2500; i++)
        {
            _rig.Folder.File($"tree/{i % 50}/{i}", $"{i}");
        }

        var progress = new List<TransferProgress>();
        CacheEntry entry = await _rig.SaveTreeAsync(s_key, tree);
        await _rig.Catalog.RestoreAsync(entry, _rig.Folder.Folder("target"), progress: new Listing(progress));

        Assert.Equal(FolderPicture.Of(tree), FolderPicture.Of(_rig.Folder.PathOf("target/tree")));
        Assert.Equal(new TransferProgress(2500, 2500), progress[^1]);
        Assert.True(progress.Count > 1);
    }

    [Fact]
    public async Task Several_paths_come_back_each_in_its_place()
    {
        string root = _rig.Folder.Folder("root");
        _rig.Folder.File("root/bin/app.dll", "dll");
        _rig.Folder.File("root/obj/app.json", "json");
        _rig.Folder.File("root/a file", "file");
        IReadOnlyList<PathToSave> paths = PathToSave.Below(root, ["obj", "a file", "bin", "./obj"]);
        Assert.Equal(["a file", "bin", "obj"], paths.Select(path => path.Name));

        SaveResult saved = await _rig.Catalog.SaveAsync(s_key, paths, Rig.Details);
        await _rig.Catalog.RestoreAsync(saved.Entry, _rig.Folder.Folder("target"));

        Assert.Equal(FolderPicture.Of(root), FolderPicture.Of(_rig.Folder.PathOf("target")));
    }

    [Fact]
    public async Task A_path_inside_of_another_is_saved_with_it()
    {
        string root = _rig.Folder.Folder("root");
        _rig.Folder.File("root/bin/sub/app.dll", "dll");
        _rig.Folder.File("root/bin.txt", "text");
        _rig.Folder.File("root/bin-x/y", "y");

        SaveResult saved = await _rig.Catalog.SaveAsync(
            s_key, PathToSave.Below(root, ["bin/sub/app.dll", "bin", "bin/sub", "bin.txt", "bin-x"]), Rig.Details);
        await _rig.Catalog.RestoreAsync(saved.Entry, _rig.Folder.Folder("target"));

        Assert.Equal(FolderPicture.Of(root), FolderPicture.Of(_rig.Folder.PathOf("target")));
        Assert.Equal(3, saved.Entry.FileCount);
    }

    [Fact]
    public async Task What_else_an_entry_says_comes_back()
    {
        var fingerprint = Fingerprint.Create([new("value", "Configuration", FingerprintBuilder.OfValue("Release"))]);
        var details = new EntryDetails("test 1.0", TimeSpan.FromSeconds(12.5), fingerprint, "warning CS0168\n"u8.ToArray());
        await _rig.Catalog.SaveAsync(s_key, [new PathToSave("f", _rig.Folder.File("f", "abc"))], details);

        CacheEntry found = (await _rig.Catalog.FindAsync(s_key)).Entry!;

        Assert.Equal(s_key, found.Key);
        Assert.Equal(("test 1.0", TimeSpan.FromSeconds(12.5)), (found.Creator, found.WorkDuration));
        Assert.Equal((1, 3), (found.FileCount, found.Bytes));
        Assert.Equal("warning CS0168\n"u8.ToArray(), await _rig.Catalog.ReadOutputAsync(found));
        Assert.Equal(fingerprint.Digest, (await _rig.Catalog.ReadFingerprintAsync(found))!.Digest);
        Assert.Equal([new SavedPath("f", false, Digest.Of("abc"u8), false, 1, 3)], found.Paths.Select(path => path with { Properties = default }));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Blobs_are_read_only_in_the_store_and_writable_when_restored()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Modes are a matter of Unix.");
        foreach (int size in (int[])[10, 2_000_000])
        {
            string source = _rig.Folder.File($"source{size}", new byte[size]);
            CacheKey key = Rig.Key("modes", $"{size}");
            CacheEntry entry = (await _rig.Catalog.SaveAsync(key, [new PathToSave("file", source)], Rig.Details)).Entry;
            string target = _rig.Folder.Folder($"target{size}");
            await _rig.Catalog.RestoreAsync(entry, target);

            string blob = _rig.BlobPath(entry.Paths[0].Digest);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(blob));
            Assert.Equal(File.GetUnixFileMode(source), File.GetUnixFileMode(Path.Combine(target, "file")));
        }
    }

    [Fact]
    public async Task Writing_to_what_was_restored_does_not_reach_the_store()
    {
        foreach (int size in (int[])[10, 2_000_000])
        {
            CacheKey key = Rig.Key("links", $"{size}");
            CacheEntry entry = (await _rig.Catalog.SaveAsync(key, [new PathToSave("file", _rig.Folder.File($"source{size}", new byte[size]))], Rig.Details)).Entry;
            string target = _rig.Folder.Folder($"target{size}");
            await _rig.Catalog.RestoreAsync(entry, target);

            using (FileStream restored = File.Open(Path.Combine(target, "file"), FileMode.Open, FileAccess.Write))
            {
                restored.WriteByte(1);
            }

            Assert.All(await File.ReadAllBytesAsync(_rig.BlobPath(entry.Paths[0].Digest)), value => Assert.Equal(0, value));
        }
    }

    [Fact]
    public async Task A_restored_file_whose_time_was_not_kept_is_as_young_as_its_restore()
    {
        string source = _rig.Folder.File("source", new byte[2_000_000]);
        File.SetLastWriteTimeUtc(source, DateTime.UtcNow.AddDays(-30));
        CacheEntry entry = (await _rig.Catalog.SaveAsync(s_key, [new PathToSave("file", source)], Rig.Details with { Keeps = KeptProperties.None })).Entry;
        File.SetLastWriteTimeUtc(_rig.BlobPath(entry.Paths[0].Digest), DateTime.UtcNow.AddDays(-30));

        await _rig.Catalog.RestoreAsync(entry, _rig.Folder.Folder("target"));

        Assert.True(File.GetLastWriteTimeUtc(_rig.Folder.PathOf("target/file")) > DateTime.UtcNow.AddMinutes(-1));
    }

    public void Dispose() => _rig.Dispose();

    private sealed class Listing(List<TransferProgress> reports) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value) => reports.Add(value);
    }
}
