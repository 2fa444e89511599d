using System.Text;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Stores;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Entries;

/// <summary>When a restore fails, the destination is exactly as it was, and the entry is not found again.</summary>
public sealed class RestoreFailureTests : IDisposable
{
    private static readonly CacheKey s_key = Rig.Key("restore");
    private readonly Rig _rig = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_corrupt_blob_in_the_middle_changes_nothing(bool destinationExists)
    {
        CacheEntry entry = await SaveTreeAsync();
        Rig.Overwrite(_rig.BlobPath("file 25"), Encoding.UTF8.GetBytes("FILE 25"));
        IReadOnlyList<string> before = Destination(destinationExists);

        await Fails.WithAsync(ErrorId.BlobCorrupt, async () => await _rig.Catalog.RestoreAsync(entry, _rig.Folder.PathOf("target")));

        Assert.Equal(before, FolderPicture.Of(_rig.Folder.PathOf("target")));
        Assert.Null((await _rig.Catalog.FindAsync(s_key)).Entry);
        Assert.False(File.Exists(_rig.BlobPath("file 25")), "The corrupt blob is still there and would be taken for good.");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_missing_blob_changes_nothing(bool destinationExists)
    {
        CacheEntry entry = await SaveTreeAsync();
        File.Delete(_rig.BlobPath("file 25"));
        IReadOnlyList<string> before = Destination(destinationExists);

        await Fails.WithAsync(ErrorId.BlobMissing, async () => await _rig.Catalog.RestoreAsync(entry, _rig.Folder.PathOf("target")));

        Assert.Equal(before, FolderPicture.Of(_rig.Folder.PathOf("target")));
        Assert.Null((await _rig.Catalog.FindAsync(s_key)).Entry);
    }

    [Fact]
    public async Task A_big_corrupt_blob_changes_nothing()
    {
        byte[] content = new byte[2_000_000];
        CacheEntry entry = (await _rig.Catalog.SaveAsync(s_key, [new PathToSave("file", _rig.Folder.File("source", content))], Rig.Details)).Entry;
        content[1_999_999] = 1;
        Rig.Overwrite(_rig.BlobPath(entry.Paths[0].Digest), content);
        IReadOnlyList<string> before = Destination(exists: true);

        await Fails.WithAsync(ErrorId.BlobCorrupt, async () => await _rig.Catalog.RestoreAsync(entry, _rig.Folder.PathOf("target")));

        Assert.Equal(before, FolderPicture.Of(_rig.Folder.PathOf("target")));
    }

    [Fact]
    public async Task A_store_that_goes_away_changes_nothing_and_keeps_the_entry()
    {
        CacheEntry entry = await SaveTreeAsync();
        IReadOnlyList<string> before = Destination(exists: true);
        _rig.Faulty.Failing.Add(Operation.ReadFiles);

        await Fails.WithAsync(ErrorId.StoreUnavailable, async () => await _rig.Catalog.RestoreAsync(entry, _rig.Folder.PathOf("target")));

        Assert.Equal(before, FolderPicture.Of(_rig.Folder.PathOf("target")));
        Assert.True(File.Exists(_rig.EntryPath(s_key)));
    }

    [Fact]
    public async Task Cancellation_changes_nothing()
    {
        CacheEntry entry = await SaveTreeAsync();
        IReadOnlyList<string> before = Destination(exists: true);
        using var source = new CancellationTokenSource();
        _rig.Faulty.Before = operation =>
        {
            if (operation == Operation.ReadFiles)
            {
                source.Cancel();
            }
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _rig.Catalog.RestoreAsync(entry, _rig.Folder.PathOf("target"), cancellationToken: source.Token));

        Assert.Equal(before, FolderPicture.Of(_rig.Folder.PathOf("target")));
    }

    [Fact]
    public async Task When_the_last_of_several_paths_cannot_be_placed_those_before_it_are_put_back()
    {
        SaveResult saved = await _rig.Catalog.SaveAsync(
            s_key,
            [new PathToSave("one", _rig.Folder.File("1", "new one")), new PathToSave("two", _rig.Folder.File("2", "new two")), new PathToSave("three", _rig.Folder.File("3", "new"))],
            Rig.Details);
        string target = _rig.Folder.Folder("target");
        _rig.Folder.File("target/one", "old one");
        _rig.Folder.File("target/two/inside", "old two");
        IReadOnlyList<string> before = FolderPicture.Of(target);

        // The third belongs below the first, which is a file.
        await Fails.WithAsync(ErrorId.DestinationUnavailable, async () => await _rig.Catalog.RestoreAsync(
            saved.Entry, path => Path.Combine(target, path.Path == "three" ? "one/three" : path.Path)));

        Assert.Equal(before, FolderPicture.Of(target));
    }

    [Fact]
    public async Task What_was_in_the_destination_and_not_in_the_entry_is_gone()
    {
        CacheEntry entry = await SaveTreeAsync();
        Destination(exists: true);

        await _rig.Catalog.RestoreAsync(entry, _rig.Folder.PathOf("target"));

        Assert.Equal(FolderPicture.Of(_rig.Folder.PathOf("tree")), FolderPicture.Of(_rig.Folder.PathOf("target/tree")));
        Assert.Equal("kept", await File.ReadAllTextAsync(_rig.Folder.PathOf("target/beside")));
        Assert.Equal(2, Directory.GetFileSystemEntries(_rig.Folder.PathOf("target")).Length);
    }

    [Fact]
    public async Task A_link_in_the_place_of_a_destination_is_replaced_and_not_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Making links takes a right that tests on Windows may not have.");
        string source = _rig.Folder.File("source", "new");
        string tree = _rig.Folder.Folder("tree");
        _rig.Folder.File("tree/in", "new");
        string elsewhere = _rig.Folder.Folder("elsewhere");
        string other = _rig.Folder.File("elsewhere/other", "old");
        CacheEntry entry = (await _rig.Catalog.SaveAsync(s_key, [new PathToSave("file", source), new PathToSave("tree", tree), new PathToSave("gone", tree)], Rig.Details)).Entry;
        string target = _rig.Folder.Folder("target");
        File.CreateSymbolicLink(Path.Combine(target, "file"), other);
        Directory.CreateSymbolicLink(Path.Combine(target, "tree"), elsewhere);
        Directory.CreateSymbolicLink(Path.Combine(target, "gone"), _rig.Folder.PathOf("nowhere"));

        await _rig.Catalog.RestoreAsync(entry, target);

        Assert.Equal("old", await File.ReadAllTextAsync(other));
        Assert.Equal(["other"], Directory.GetFileSystemEntries(elsewhere).Select(Path.GetFileName));
        Assert.Equal("new", await File.ReadAllTextAsync(Path.Combine(target, "tree", "in")));
        Assert.Null(new DirectoryInfo(Path.Combine(target, "tree")).LinkTarget);
        Assert.Equal(3, Directory.GetFileSystemEntries(target).Length);
    }

    [Fact]
    public async Task A_newer_entry_saved_meanwhile_is_not_removed_with_the_failed_one()
    {
        CacheEntry old = await _rig.SaveAsync(s_key, "old");
        File.Delete(_rig.BlobPath("old"));
        await _rig.SaveAsync(s_key, "new", replace: true);

        await Fails.WithAsync(ErrorId.BlobMissing, async () => await _rig.Catalog.RestoreAsync(old, _rig.Folder.PathOf("target")));

        Assert.Equal("new", await _rig.LoadAsync(s_key));
    }

    private async Task<CacheEntry> SaveTreeAsync()
    {
        for (int i = 0; i < 50; i++)
        {
            _rig.Folder.File($"tree/{i % 5}/{i}", $"file {i}");
        }

        return await _rig.SaveTreeAsync(s_key, _rig.Folder.PathOf("tree"));
    }

    private IReadOnlyList<string> Destination(bool exists)
    {
        _rig.Folder.File("target/beside", "kept");
        if (exists)
        {
            _rig.Folder.File("target/tree/0/0", "older");
            _rig.Folder.File("target/tree/more/of/it", "old");
            _rig.Folder.Folder("target/tree/empty");
        }

        return FolderPicture.Of(_rig.Folder.PathOf("target"));
    }

    public void Dispose() => _rig.Dispose();
}
