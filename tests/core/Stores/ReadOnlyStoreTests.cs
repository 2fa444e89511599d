using BuildCache.Entries;
using BuildCache.Pruning;
using BuildCache.Stores.File;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Stores;

public sealed class ReadOnlyStoreTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public async Task A_store_that_may_only_be_read_gives_what_it_has_and_refuses_the_rest()
    {
        using var disk = new SmallDisk(4096);
        var writer = new EntryCatalog(new FileStore(Path.Combine(disk.Root, "store")));
        PathToSave[] paths = [new PathToSave("file", _folder.File("source", "content"))];
        await writer.SaveAsync(Rig.Key("good"), paths, Rig.Details);
        await writer.SaveAsync(Rig.Key("stale"), [new PathToSave("file", _folder.File("other", "lost"))], Rig.Details);
        string lost = Directory.GetFiles(disk.Root, BuildCache.Content.Digest.Of("lost"u8).Hash, SearchOption.AllDirectories).Single();
        File.Delete(lost);
        string entry = Directory.GetFiles(disk.Root, "entry", SearchOption.AllDirectories).First(path => path.Contains("good", StringComparison.Ordinal));
        File.SetLastWriteTimeUtc(entry, DateTime.UtcNow.AddDays(-1));
        disk.MakeReadOnly();
        var store = new FileStore(Path.Combine(disk.Root, "store"));
        var reader = new EntryCatalog(store);

        Assert.False(store.IsWritable());
        LookupResult found = await reader.FindAsync(Rig.Key("good"));
        await reader.RestoreAsync(found.Entry!, _folder.Folder("target"));
        Assert.Equal("content", await File.ReadAllTextAsync(_folder.PathOf("target/file")));

        LookupResult stale = await reader.FindAsync(Rig.Key("stale"), [Rig.Key("stale")]);
        Assert.Equal(LookupMatch.None, stale.Match);
        Assert.NotEmpty(stale.Stale);

        // A save of what is there already has nothing to write.
        Assert.False((await reader.SaveAsync(Rig.Key("good"), paths, Rig.Details)).Saved);
        await Fails.WithAsync(ErrorId.StoreUnavailable, async () => await reader.SaveAsync(Rig.Key("new"), paths, Rig.Details));
        await Fails.WithAsync(ErrorId.StoreUnavailable, async () => await reader.RemoveAsync(Rig.Key("good")));
        await Fails.WithAsync(ErrorId.StoreUnavailable, async () => await new EntryPruner(store).PruneAsync(new PrunePolicy(Budget: Rig.AtMost(0))));
    }

    [Fact]
    public async Task An_empty_folder_that_may_only_be_read_is_a_store_with_nothing_in_it()
    {
        using var disk = new SmallDisk(64);
        disk.MakeReadOnly();
        var catalog = new EntryCatalog(new FileStore(Path.Combine(disk.Root, "store")));

        Assert.Null((await catalog.FindAsync(Rig.Key("k"), [Rig.Key("k")])).Entry);
        await Fails.WithAsync(ErrorId.StoreUnavailable, async () => await catalog.SaveAsync(Rig.Key("k"), [], Rig.Details));
    }

    public void Dispose() => _folder.Dispose();
}
