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

/// <summary>
/// An entry that claims or unfolds into more than any work makes is a miss, in little memory and time, and never an error. Counts what the
/// process allocates, so nothing else may run meanwhile.
/// </summary>
[CollectionDefinition(nameof(CeilingTests), DisableParallelization = true)]
[Collection(nameof(CeilingTests))]
public sealed class CeilingTests : HandmadeEntries
{
    private const long MostAllocated = 64 * 1024 * 1024;
    private static readonly CacheKey s_key = Rig.Key("ceiling");

    [Theory]
    [InlineData(1_000_000_000_000_000, 0)]
    [InlineData(1, 1_000_000_000_000_000)]
    [InlineData(-1, 0)]
    [InlineData(0, long.MaxValue)]
    public async Task Claimed_files_and_bytes(long files, long bytes)
    {
        await PutAsync($$"""{"path":"tree","tree":"{{await TreeAsync(new())}}","files":{{files}},"bytes":{{bytes}}}""");

        await IsMissAsync();
    }

    [Fact]
    public async Task Claims_that_only_together_are_too_much()
    {
        Digest tree = await TreeAsync(new());
        await PutAsync([.. Enumerable.Range(0, 3).Select(i => $$"""{"path":"{{i}}","tree":"{{tree}}","files":{{Ceilings.TreeNodes / 2}},"bytes":0}""")]);

        await IsMissAsync();
    }

    [Theory]
    [InlineData("a", "a")]
    [InlineData("a", "a/b")]
    [InlineData("a/b", "a")]
    [InlineData("a", "a.b", "a/b")]
    public async Task A_path_twice_or_inside_of_another(params string[] paths)
    {
        Digest file = await BlobAsync([1]);
        await PutAsync([.. paths.Select(path => $$"""{"path":"{{path}}","file":"{{file}}","files":1,"bytes":1}""")]);

        await IsMissAsync();
    }

    [Theory]
    [InlineData(2, 40)]
    [InlineData(2, 62)]
    [InlineData(16, 500)]
    public async Task Directories_that_unfold_without_end(int width, int depth)
    {
        // Three kilobytes for a trillion directories.
        Digest top = await UnfoldingAsync(await TreeAsync(new()), width, depth);
        await PutTreeAsync(top, Ceilings.TreeNodes);

        await IsMissAsync();
        await IsRefusedByHandAsync(top);
    }

    [Fact]
    public async Task Files_that_unfold_into_more_bytes_than_there_are()
    {
        Digest large = new(new byte[Digest.HashLength], 1L << 30);
        Digest top = await UnfoldingAsync(await TreeAsync(new() { Files = { File("f", large) } }), 2, 13);
        await PutTreeAsync(top, Ceilings.TreeNodes);

        await IsMissAsync();
        await IsRefusedByHandAsync(top);
    }

    [Fact]
    public async Task Paths_that_are_too_long_together()
    {
        Digest top = await UnfoldingAsync(await TreeAsync(new() { Files = { File("f", await BlobAsync([1])) } }), 2, 17, new string('n', 1000));
        await PutTreeAsync(top, Ceilings.TreeNodes);

        await IsMissAsync();
        await IsRefusedByHandAsync(top);
    }

    [Fact]
    public async Task Links_with_targets_that_are_too_long_together()
    {
        Digest links = await TreeAsync(new() { Symlinks = { new SymlinkNode { Name = "l", Target = new string('t', 30_000) } } });
        Digest top = await UnfoldingAsync(links, 2, 15);
        await PutTreeAsync(top, Ceilings.TreeNodes);

        await IsMissAsync();
    }

    [Theory]
    [InlineData(Ceilings.TreeDepth - 1, true)]
    [InlineData(Ceilings.TreeDepth, false)]
    public async Task A_tree_is_so_deep_and_no_deeper(int below, bool isHit)
    {
        await PutTreeAsync(await UnfoldingAsync(await TreeAsync(new()), 1, below), 0);

        Assert.Equal(isHit, (await Rig.Catalog.FindAsync(s_key)).Entry is not null);
    }

    [Fact]
    public async Task A_directory_of_more_parts_than_there_may_be()
    {
        byte[] parts = new byte[2 * (Ceilings.TreeNodes + 1)];
        for (int i = 0; i < parts.Length; i += 2)
        {
            parts[i] = 0x0A;
        }

        await PutTreeAsync(await BlobAsync(parts), Ceilings.TreeNodes);

        await IsMissAsync();
    }

    [Fact]
    public async Task A_small_tree_whose_directories_are_equal_is_restored_in_full()
    {
        Digest leaf = await TreeAsync(new() { Files = { File("f", await BlobAsync([1])) }, Symlinks = { new SymlinkNode { Name = "l", Target = "../f" } } });
        Digest top = await UnfoldingAsync(leaf, 3, 3);
        await PutTreeAsync(top, 27);

        CacheEntry entry = (await Rig.Catalog.FindAsync(s_key)).Entry!;
        string target = Rig.Folder.Folder("target");
        await Rig.Catalog.RestoreAsync(entry, target);

        Assert.Equal(27, Directory.GetFiles(target, "f", SearchOption.AllDirectories).Length);
        Assert.Equal(40, entry.Trees!.Directories.Count());
        Assert.Equal(4, entry.Trees.Listings.Count);
    }

    [Fact]
    public async Task A_link_is_looked_at_in_each_place_that_it_comes_to()
    {
        // One level up stays inside in the deeper place and leaves the entry in the other.
        Digest leaf = await TreeAsync(new() { Symlinks = { new SymlinkNode { Name = "l", Target = "../../x" } } });
        Digest middle = await TreeAsync(new() { Directories = { new DirectoryNode { Name = "deep", Digest = ToWire(leaf) } } });
        await PutTreeAsync(await TreeAsync(new() { Directories = { new DirectoryNode { Name = "m", Digest = ToWire(middle) } } }), 0);
        Assert.NotNull((await Rig.Catalog.FindAsync(s_key)).Entry);

        await PutTreeAsync(await TreeAsync(new() { Directories = { new DirectoryNode { Name = "a", Digest = ToWire(leaf) }, new DirectoryNode { Name = "m", Digest = ToWire(middle) } } }), 0);
        await IsMissAsync();
    }

    [Fact]
    public async Task What_the_sum_says_is_what_there_is_when_it_is_unfolded()
    {
        var random = new Random(1);
        for (int round = 0; round < 50; round++)
        {
            List<Digest> made = [await TreeAsync(new())];
            Digest file = await BlobAsync([1, 2, 3]);
            for (int i = 0; i < 6; i++)
            {
                var directory = new WireDirectory();
                for (int j = random.Next(3); j >= 0; j--)
                {
                    directory.Directories.Add(new DirectoryNode { Name = $"d{j}{new string('x', random.Next(5))}", Digest = ToWire(made[random.Next(made.Count)]) });
                }

                for (int j = random.Next(3); j > 0; j--)
                {
                    directory.Files.Add(File($"f{j}", file));
                    directory.Symlinks.Add(new SymlinkNode { Name = $"l{j}", Target = "t" });
                }

                made.Add(await TreeAsync(directory));
            }

            var entry = new CacheEntry(s_key, [new SavedPath("tree", true, made[^1], false, 100_000, 0)], default, "", default, null, null) { HasOutsideLinks = true };
            EntryTrees trees = await EntryTrees.ReadAsync(entry, Rig.Store.Blobs, default);
            EntryDirectory[] all = [.. trees.Directories];
            (string Path, DirectoryListing Listing)[] parts = [.. all.Select(directory => (directory.Path, directory.Listing))];

            TreeTotals totals = TreeTotals.Of(trees.Listings, made[^1], []);

            Assert.Equal((parts.Sum(part => part.Listing.Files.Count), all.Length, parts.Sum(part => part.Listing.Symlinks.Count)), (totals.Files, totals.Directories, totals.Links));
            Assert.Equal(3 * totals.Files, totals.Bytes);
            Assert.Equal(parts.Max(part => part.Path.Length == 0 ? 1 : part.Path.Split('/').Length + 1), totals.Depth);
            Assert.Equal(
                parts.Sum(part => part.Listing.Files.Sum(one => EntryTrees.Join(part.Path, one.Name).Length) + part.Listing.Symlinks.Sum(one => EntryTrees.Join(part.Path, one.Name).Length + 1) + part.Path.Length)
                    + all.Count(directory => directory.Path.Length > 0),
                totals.Characters);
        }
    }

    [Fact]
    public async Task What_is_read_into_memory_has_a_bound_whatever_the_entry_says()
    {
        Digest claimed = new(new byte[Digest.HashLength], 1L << 40);
        var entry = new CacheEntry(s_key, [], default, "", default, claimed, claimed);

        await Fails.WithAsync(ErrorId.BlobCorrupt, async () => await Rig.Catalog.ReadOutputAsync(entry));
        await Fails.WithAsync(ErrorId.BlobCorrupt, async () => await Rig.Catalog.ReadFingerprintAsync(entry));
    }

    [Fact]
    public void Content_takes_as_much_memory_as_has_come()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var content = new ArrivingBytes(1L << 40);
        content.Write("abc"u8, 0);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 * Ceilings.FirstBuffer);
        Assert.False(content.IsComplete);

        byte[] whole = new byte[1_000_000];
        new Random(1).NextBytes(whole);
        var arriving = new ArrivingBytes(whole.Length);
        for (int at = 0; at < whole.Length; at += 7777)
        {
            arriving.Write(whole.AsSpan(at, Math.Min(7777, whole.Length - at)), at);
        }

        Assert.True(arriving.IsComplete);
        Assert.Equal(whole, arriving.ToArray());
    }

    private async Task IsMissAsync()
    {
        long before = GC.GetTotalAllocatedBytes(precise: true);
        LookupResult found = await Rig.Catalog.FindAsync(s_key).AsTask().WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        Assert.Equal((LookupMatch.None, 1), (found.Match, found.Stale.Count));
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, MostAllocated);
    }

    private async Task IsRefusedByHandAsync(Digest top)
    {
        string target = Rig.Folder.Folder("target");
        var entry = new CacheEntry(s_key, [new SavedPath("tree", true, top, false, long.MaxValue / 2, 0)], default, "", default, null, null);
        await Fails.WithAsync(ErrorId.BlobCorrupt, async () => await Rig.Catalog.RestoreAsync(entry, target));
        Assert.Empty(Directory.GetFileSystemEntries(target));
    }

    private async Task<Digest> UnfoldingAsync(Digest leaf, int width, int depth, string name = "")
    {
        Digest level = leaf;
        for (int i = 0; i < depth; i++)
        {
            var directory = new WireDirectory();
            directory.Directories.Add(Enumerable.Range(0, width).Select(j => new DirectoryNode { Name = $"{name}{j}", Digest = ToWire(level) }));
            level = await TreeAsync(directory);
        }

        return level;
    }

    private Task PutTreeAsync(Digest top, long files) => PutAsync($$"""{"path":"tree","tree":"{{top}}","files":{{files}},"bytes":0}""");

    private Task PutAsync(params string[] paths) => PutRecordAsync(s_key, $$"""{"paths":[{{string.Join(',', paths)}}]}""");
}
