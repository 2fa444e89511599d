using System.Text;
using BuildCache.Content;
using BuildCache.Content.Wire;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Stores;
using BuildCache.Tests.Support;
using Google.Protobuf;
using Digest = BuildCache.Content.Digest;
using Directory = System.IO.Directory;
using WireDigest = BuildCache.Content.Wire.Digest;
using WireDirectory = BuildCache.Content.Wire.Directory;

namespace BuildCache.Tests.Entries;

/// <summary>Entries that somebody put into the store by hand: well-formed, with good checksums, and up to no good.</summary>
public sealed class HostileEntryTests : HandmadeEntries
{
    private static readonly CacheKey s_key = Rig.Key("hostile");

    [Theory]
    [InlineData("/tmp/evil")]
    [InlineData("../evil")]
    [InlineData("a/../../evil")]
    [InlineData("")]
    [InlineData("a//b")]
    [InlineData("./a")]
    public async Task A_path_that_leaves_the_destination_is_refused(string path)
    {
        Digest blob = await BlobAsync("evil"u8.ToArray());
        await PutAsync($$"""{"paths":[{"path":"{{path}}","file":"{{blob}}","files":1,"bytes":4}]}""");

        LookupResult found = await Rig.Catalog.FindAsync(s_key);

        Assert.Equal((LookupMatch.None, 1), (found.Match, found.Stale.Count));
        // And whoever makes an entry by hand gets no further.
        var entry = new CacheEntry(s_key, [new SavedPath(path, false, blob, false, 1, 4)], default, "", default, null, null);
        await Fails.WithAsync(ErrorId.BlobCorrupt, async () => await Rig.Catalog.RestoreAsync(entry, Rig.Folder.Folder("target")));
        Assert.Empty(Directory.GetFileSystemEntries(Rig.Folder.PathOf("target")));
    }

    [Theory]
    [InlineData("..")]
    [InlineData("/etc")]
    [InlineData("sub/../..")]
    [InlineData("sub/up/..")]
    public async Task A_tree_with_a_link_that_may_leave_it_is_no_hit(string target)
    {
        Digest top = await TreeAsync(new() { Symlinks = { new SymlinkNode { Name = "link", Target = target } } });

        await IsRefusedAsync(top, files: 0);
    }

    [Fact]
    public async Task A_link_and_a_directory_of_one_name_are_no_hit()
    {
        Digest inner = await TreeAsync(new() { Files = { File("evil", await BlobAsync("evil"u8.ToArray())) } });
        Digest top = await TreeAsync(new()
        {
            Symlinks = { new SymlinkNode { Name = "x", Target = "." } },
            Directories = { new DirectoryNode { Name = "x", Digest = ToWire(inner) } },
        });

        await IsRefusedAsync(top, files: 1);
    }

    [Fact]
    public async Task A_path_through_a_link_that_another_path_brings_changes_nothing()
    {
        Digest evil = await BlobAsync("evil"u8.ToArray());
        Digest tree = await TreeAsync(new() { Symlinks = { new SymlinkNode { Name = "link", Target = "." } } });
        string target = Rig.Folder.Folder("target");
        foreach (bool linkFirst in (bool[])[true, false])
        {
            SavedPath[] paths = [new("tree", true, tree, false, 0, 0), new("tree/link/evil", false, evil, false, 1, 4)];
            var entry = new CacheEntry(s_key, linkFirst ? paths : [.. paths.Reverse()], default, "", default, null, null);
            try
            {
                await Rig.Catalog.RestoreAsync(entry, target);
                Assert.Equal(["directory tree", "link tree/link -> ."], FolderPicture.Of(target));
                Directory.Delete(Rig.Folder.PathOf("target/tree"), recursive: true);
            }
            catch (BuildCacheException)
            {
                Assert.Empty(FolderPicture.Of(target));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    public async Task A_small_tree_that_unfolds_into_a_huge_one_is_refused_soon(int claimedFiles)
    {
        Digest level = await TreeAsync(new() { Files = { File("f", await BlobAsync([1])) } });
        for (int depth = 0; depth < 60; depth++)
        {
            var directory = new WireDirectory();
            for (int i = 0; i < 100; i++)
            {
                directory.Directories.Add(new DirectoryNode { Name = $"{i}", Digest = ToWire(level) });
            }

            level = await TreeAsync(directory);
        }

        await IsRefusedAsync(level, claimedFiles);
    }

    [Fact]
    public async Task A_huge_tree_of_empty_directories_is_refused_soon()
    {
        Digest level = Digest.Empty;
        await BlobAsync([]);
        for (int depth = 0; depth < 200; depth++)
        {
            var directory = new WireDirectory();
            for (int i = 0; i < 2000; i++)
            {
                directory.Directories.Add(new DirectoryNode { Name = $"{i}", Digest = ToWire(level) });
            }

            level = await TreeAsync(directory);
        }

        await IsRefusedAsync(level, files: 0);
    }

    [Fact]
    public async Task A_record_of_anything_is_a_miss() =>
        await Task.Run(() => Arbitrary.ForAll(Arbitrary.Bytes, bytes =>
        {
            PutAsync(Encoding.Latin1.GetString(bytes)).GetAwaiter().GetResult();
            return Rig.Catalog.FindAsync(s_key).AsTask().GetAwaiter().GetResult().Match == LookupMatch.None;
        }, times: 200));

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("""{"paths":{}}""")]
    [InlineData("""{"paths":[{"path":"a"}]}""")]
    [InlineData("""{"paths":[{"path":"a","file":"../../x/1"}]}""")]
    [InlineData("""{"paths":[{"path":"a","file":3}]}""")]
    [InlineData("""{"paths":[{"path":"a","tree":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855/0","files":99999999999999999999}]}""")]
    [InlineData("""{"created":"yesterday"}""")]
    [InlineData("""{"workMilliseconds":9223372036854775807}""")]
    [InlineData("""{"output":"x"}""")]
    public async Task A_record_that_is_malformed_is_stale(string record)
    {
        await PutAsync(record);

        LookupResult found = await Rig.Catalog.FindAsync(s_key);

        Assert.Equal((LookupMatch.None, 1), (found.Match, found.Stale.Count));
        Assert.False(System.IO.File.Exists(Rig.EntryPath(s_key)));
    }

    [Fact]
    public async Task What_a_later_version_adds_to_a_record_is_passed_over()
    {
        Digest blob = await BlobAsync("good"u8.ToArray());
        await PutAsync($$"""{"new":{"deep":[1,{"x":null}]},"paths":[{"path":"file","later":[],"file":"{{blob}}","files":1,"bytes":4}],"signature":"s"}""");

        Assert.Equal("good", await Rig.LoadAsync(s_key));
    }

    private async Task IsRefusedAsync(Digest top, long files)
    {
        await PutAsync($$"""{"paths":[{"path":"tree","tree":"{{top}}","files":{{files}},"bytes":0}]}""");
        LookupResult found = await Rig.Catalog.FindAsync(s_key);
        Assert.Equal((LookupMatch.None, 1), (found.Match, found.Stale.Count));

        string target = Rig.Folder.Folder("target");
        var entry = new CacheEntry(s_key, [new SavedPath("tree", true, top, false, files, 0)], default, "", default, null, null);
        await Fails.WithAsync(ErrorId.BlobCorrupt, async () => await Rig.Catalog.RestoreAsync(entry, target));
        Assert.Empty(Directory.GetFileSystemEntries(target));
    }

    private Task PutAsync(string record) => PutRecordAsync(s_key, record);
}
