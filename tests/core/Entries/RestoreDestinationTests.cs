using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Entries;

/// <summary>A restore to where a user works does not remove what is only there.</summary>
public sealed class RestoreDestinationTests : IDisposable
{
    private static readonly CacheKey s_key = Rig.Key("destination");
    private readonly Rig _rig = new();

    private string Target => _rig.Folder.PathOf("target");

    private PlacedDirectories Placed => new(_rig.Folder.PathOf("placed"));

    private RestoreOptions Protecting => new() { Protects = Placed };

    [Fact]
    public async Task Files_that_a_user_put_there_are_not_removed()
    {
        CacheEntry entry = await SaveAsync("a", "sub/b");
        _rig.Folder.File("target/tree/a", "old");
        _rig.Folder.File("target/tree/sub/notes", "mine");
        IReadOnlyList<string> before = FolderPicture.Of(Target);

        BuildCacheException error = await Fails.WithAsync(ErrorId.DestinationNotEmpty, async () => await _rig.Catalog.RestoreAsync(entry, Target, Protecting));

        Assert.Contains("'sub/notes'", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, FolderPicture.Of(Target));
        await Fails.WithAsync(ErrorId.DestinationNotEmpty, async () => await _rig.Catalog.FindAndRestoreAsync(s_key, null, Target, options: Protecting));
        Assert.Equal(before, FolderPicture.Of(Target));
    }

    [Fact]
    public async Task They_are_when_that_is_forced()
    {
        CacheEntry entry = await SaveAsync("a");
        _rig.Folder.File("target/tree/notes", "mine");

        await _rig.Catalog.RestoreAsync(entry, Target);

        Assert.Equal(["a"], Directory.GetFileSystemEntries(Path.Combine(Target, "tree")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Files_of_the_entry_give_way_and_empty_directories_too()
    {
        CacheEntry entry = await SaveAsync("a", "sub/b");
        _rig.Folder.File("target/tree/a", "old");
        _rig.Folder.Folder("target/tree/empty/deep");

        await _rig.Catalog.RestoreAsync(entry, Target, Protecting);

        Assert.Equal(FolderPicture.Of(_rig.Folder.PathOf("tree")), FolderPicture.Of(Path.Combine(Target, "tree")));
    }

    [Fact]
    public async Task What_an_earlier_restore_put_there_gives_way()
    {
        CacheEntry first = await SaveAsync("a", "gone");
        await _rig.Catalog.RestoreAsync(first, Target, Protecting);
        CacheEntry second = await SaveAsync("a", "sub/b");

        await _rig.Catalog.RestoreAsync(second, Target, Protecting);

        Assert.False(File.Exists(Path.Combine(Target, "tree", "gone")));
    }

    [Theory]
    [InlineData("added")]
    [InlineData("gone")]
    public async Task What_changed_since_does_not(string changed)
    {
        CacheEntry first = await SaveAsync("a", "gone");
        await _rig.Catalog.RestoreAsync(first, Target, Protecting);
        CacheEntry second = await SaveAsync("a");
        // Longer than a tick of any file system that has them.
        await Task.Delay(50, TestContext.Current.CancellationToken);
        string file = _rig.Folder.File($"target/tree/{changed}", "mine");

        await Fails.WithAsync(ErrorId.DestinationNotEmpty, async () => await _rig.Catalog.RestoreAsync(second, Target, Protecting));

        Assert.Equal("mine", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task An_old_file_that_was_moved_there_since_does_not()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere .NET does not tell when a file was given its name.");
        string old = _rig.Folder.File("old", "mine");
        File.SetLastWriteTimeUtc(old, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        CacheEntry entry = await SaveAsync("a");
        await _rig.Catalog.RestoreAsync(entry, Target, Protecting);
        await Task.Delay(50, TestContext.Current.CancellationToken);
        File.Move(old, Path.Combine(Target, "tree", "moved"));

        await Fails.WithAsync(ErrorId.DestinationNotEmpty, async () => await _rig.Catalog.RestoreAsync(entry, Target, Protecting));
    }

    [Fact]
    public async Task What_was_saved_gives_way()
    {
        CacheEntry entry = await SaveAsync("a");
        _rig.Folder.File("target/tree/saved", "in another entry");
        var details = new EntryDetails("test") { Placed = Placed };
        await _rig.Catalog.SaveAsync(Rig.Key("other"), [new PathToSave("tree", Path.Combine(Target, "tree"))], details, cancellationToken: TestContext.Current.CancellationToken);

        await _rig.Catalog.RestoreAsync(entry, Target, Protecting);

        Assert.Equal(["a"], Directory.GetFileSystemEntries(Path.Combine(Target, "tree")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_link_or_a_file_in_the_place_of_a_directory_is_not_removed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Making links takes a right that tests on Windows may not have.");
        CacheEntry entry = await SaveAsync("a");
        _rig.Folder.Folder("elsewhere");
        _rig.Folder.Folder("target");
        Directory.CreateSymbolicLink(Path.Combine(Target, "tree"), _rig.Folder.PathOf("elsewhere"));

        await Fails.WithAsync(ErrorId.DestinationNotEmpty, async () => await _rig.Catalog.RestoreAsync(entry, Target, Protecting));

        File.Delete(Path.Combine(Target, "tree"));
        _rig.Folder.File("target/tree", "mine");
        await Fails.WithAsync(ErrorId.DestinationNotEmpty, async () => await _rig.Catalog.RestoreAsync(entry, Target, Protecting));
    }

    [Fact]
    public async Task A_directory_in_the_place_of_a_file_is_not_removed()
    {
        await _rig.SaveAsync(s_key, "content");
        _rig.Folder.File("target/file/inside", "mine");

        await Fails.WithAsync(ErrorId.DestinationNotEmpty, async () => await _rig.Catalog.FindAndRestoreAsync(s_key, null, Target, options: Protecting));
    }

    private async Task<CacheEntry> SaveAsync(params string[] files)
    {
        string tree = _rig.Folder.Folder("tree");
        Directory.Delete(tree, recursive: true);
        foreach (string file in files)
        {
            _rig.Folder.File($"tree/{file}", file);
        }

        return await _rig.SaveTreeAsync(s_key, tree, replace: true);
    }

    public void Dispose() => _rig.Dispose();
}
