using System.Security.Cryptography;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Pruning;
using BuildCache.Stores.File;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Stores;

public sealed class FullDiskTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Theory]
    [InlineData(1, 3_000_000)]
    [InlineData(40, 60_000)]
    public async Task A_save_on_a_full_disk_fails_as_the_store_and_leaves_nothing(int files, int size)
    {
        using var disk = new SmallDisk(1500);
        var store = new FileStore(Path.Combine(disk.Root, "store"));
        var catalog = new EntryCatalog(store);
        for (int i = 0; i < files; i++)
        {
            _folder.File($"tree/{i}", RandomNumberGenerator.GetBytes(size));
        }

        await Fails.WithAsync(ErrorId.StoreUnavailable, async () =>
            await catalog.SaveAsync(Rig.Key("k"), [new PathToSave("tree", _folder.PathOf("tree"))], Rig.Details));

        Assert.Null((await catalog.FindAsync(Rig.Key("k"))).Entry);
        Assert.Empty(Directory.GetFiles(Path.Combine(store.Root, "tmp")));
        foreach (string blob in Directory.GetFiles(Path.Combine(store.Root, "blobs"), "*", SearchOption.AllDirectories))
        {
            Assert.Equal(Path.GetFileName(blob), Digest.Of(await File.ReadAllBytesAsync(blob)).Hash);
        }
    }

    [Fact]
    public async Task A_save_after_pruning_made_room_succeeds()
    {
        using var disk = new SmallDisk(1500);
        var store = new FileStore(Path.Combine(disk.Root, "store"));
        var catalog = new EntryCatalog(store);
        await catalog.SaveAsync(Rig.Key("1"), [new PathToSave("f", _folder.File("1", RandomNumberGenerator.GetBytes(900_000)))], Rig.Details);
        PathToSave[] second = [new PathToSave("f", _folder.File("2", RandomNumberGenerator.GetBytes(900_000)))];
        await Fails.WithAsync(ErrorId.StoreUnavailable, async () => await catalog.SaveAsync(Rig.Key("2"), second, Rig.Details));

        await new EntryPruner(store, new FakeClock(TimeSpan.FromHours(2))).PruneAsync(new PrunePolicy(Budget: Rig.AtMost(0)));

        Assert.True((await catalog.SaveAsync(Rig.Key("2"), second, Rig.Details)).Saved);
    }

    [Theory]
    [InlineData(3_000_000)]
    [InlineData(900_000)]
    public async Task A_restore_onto_a_full_disk_leaves_the_destination_as_it_was(int size)
    {
        using var disk = new SmallDisk(1500);
        var catalog = new EntryCatalog(new FileStore(_folder.PathOf("store")));
        for (int i = 0; i < 3; i++)
        {
            _folder.File($"tree/{i}", RandomNumberGenerator.GetBytes(size));
        }

        CacheEntry entry = (await catalog.SaveAsync(Rig.Key("k"), [new PathToSave("tree", _folder.PathOf("tree"))], Rig.Details)).Entry;
        Directory.CreateDirectory(Path.Combine(disk.Root, "tree"));
        await File.WriteAllTextAsync(Path.Combine(disk.Root, "tree", "old"), "old");
        IReadOnlyList<string> before = FolderPicture.Of(disk.Root);

        BuildCacheException error = await Fails.WithAsync(ErrorId.DestinationUnavailable, async () => await catalog.RestoreAsync(entry, disk.Root));
        Assert.Contains(disk.Root, error.Message, StringComparison.Ordinal);

        Assert.Equal(before, FolderPicture.Of(disk.Root));
        Assert.NotNull((await catalog.FindAsync(Rig.Key("k"))).Entry);
    }

    [Fact]
    public void A_hash_memory_on_a_full_disk_leaves_no_half_of_itself()
    {
        using var disk = new SmallDisk(64);
        string file = Path.Combine(disk.Root, "memory", "file");
        HashMemory memory = HashMemory.Open(file, new TrustedStamps());
        for (int i = 0; i < 2000; i++)
        {
            memory.Remember($"/{i}", new FileStamp(0, 0, 0, 0, false), Digest.Empty, 0);
        }

        byte[] begun = File.ReadAllBytes(file);

        memory.Save();

        Assert.Equal([file], Directory.GetFiles(Path.Combine(disk.Root, "memory")));
        Assert.Equal(begun, File.ReadAllBytes(file));
    }

    public void Dispose() => _folder.Dispose();
}
