using BuildCache.Entries;
using BuildCache.Pruning;
using BuildCache.Stores;
using BuildCache.Stores.File;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Stores;

public sealed class StoreFormatTests : IDisposable
{
    private readonly Rig _rig = new();

    private string VersionFile => Path.Combine(_rig.Store.Root, "version");

    [Fact]
    public async Task A_new_store_says_its_format()
    {
        await _rig.SaveAsync(Rig.Key("a"), "a");

        Assert.Equal("1\n", await File.ReadAllTextAsync(VersionFile));
        Assert.Equal(["blobs", "entries", "tmp", "version"], Directory.GetFileSystemEntries(_rig.Store.Root).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("2\n")]
    [InlineData("99")]
    [InlineData("banana")]
    public async Task A_store_of_a_later_format_is_refused_and_not_touched(string version)
    {
        await _rig.SaveAsync(Rig.Key("a"), "a");
        await File.WriteAllTextAsync(VersionFile, version);
        IReadOnlyList<string> before = FolderPicture.Of(_rig.Store.Root);
        var later = new FileStore(_rig.Store.Root);
        var catalog = new EntryCatalog(later);

        await Fails.WithAsync(ErrorId.UnsupportedFormat, async () => await catalog.FindAsync(Rig.Key("a")));
        await Fails.WithAsync(ErrorId.UnsupportedFormat, async () => await catalog.FindAsync(Rig.Key("a"), [Rig.Key("b")]));
        await Fails.WithAsync(ErrorId.UnsupportedFormat, async () => await catalog.SaveAsync(Rig.Key("a"), [], Rig.Details, replace: true));
        await Fails.WithAsync(ErrorId.UnsupportedFormat, async () => await catalog.RemoveAsync(Rig.Key("a")));
        await Fails.WithAsync(ErrorId.UnsupportedFormat, async () => await new EntryPruner(later).PruneAsync(new PrunePolicy(Budget: Rig.AtMost(0))));
        await Fails.WithAsync(ErrorId.UnsupportedFormat, async () => await later.MeasureAsync());
        Assert.False(later.IsWritable());

        Assert.Equal(before, FolderPicture.Of(_rig.Store.Root));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0\0")]
    public async Task A_version_file_that_a_crash_left_empty_or_with_zeros_is_written_again(string content)
    {
        await _rig.SaveAsync(Rig.Key("a"), "a");
        await File.WriteAllTextAsync(VersionFile, content);
        var catalog = new EntryCatalog(new FileStore(_rig.Store.Root));

        Assert.NotNull((await catalog.FindAsync(Rig.Key("a"))).Entry);
        await catalog.SaveAsync(Rig.Key("b"), [], Rig.Details);

        Assert.Equal("1\n", await File.ReadAllTextAsync(VersionFile));
    }

    [Fact]
    public async Task A_new_store_is_the_users_own()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Modes are a matter of Unix.");
        await _rig.SaveAsync(Rig.Key("a"), "a");

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_rig.Store.Root));
        }
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("with space")]
    [InlineData("100%25 #1 ?x")]
    [InlineData("größe 数")]
    public void A_store_is_opened_again_by_its_uri(string name)
    {
        var store = new FileStore(_rig.Folder.PathOf(name));

        Assert.Equal(store.Root, Assert.IsType<FileStore>(CacheStore.Open(store.Uri.AbsoluteUri)).Root);
        Assert.Equal(store.Root, Assert.IsType<FileStore>(CacheStore.Open(store.Root + Path.DirectorySeparatorChar)).Root);
    }

    [Theory]
    [InlineData("")]
    [InlineData("banana")]
    [InlineData("relative/path")]
    [InlineData("ftp://host/path")]
    [InlineData("file:///path?query")]
    [InlineData("file:///path#fragment")]
    public void What_names_no_store_is_refused(string uri) => Fails.With(ErrorId.InvalidStoreUri, () => CacheStore.Open(uri));

    [Theory]
    [InlineData("s3://key:hunter2@bucket/prefix")]
    [InlineData("s3://key:hun@ter2@bucket;relative")]
    [InlineData("no store://key:hunter2@bucket")]
    [InlineData("ftp://host/path?password=hunter2")]
    public void A_password_is_not_repeated(string uri)
    {
        BuildCacheException error = Assert.Throws<BuildCacheException>(() => CacheStore.Open(uri));
        Assert.Equal(ErrorId.InvalidStoreUri, error.Id);
        Assert.DoesNotContain("ter2", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Opening_a_store_touches_nothing()
    {
        CacheStore.Open(_rig.Folder.PathOf("new"));

        Assert.False(Directory.Exists(_rig.Folder.PathOf("new")));
    }

    [Fact]
    public async Task A_file_in_the_place_of_the_store_is_a_store_that_cannot_be_used()
    {
        var catalog = new EntryCatalog(new FileStore(_rig.Folder.File("file", "x")));

        Assert.Null((await catalog.FindAsync(Rig.Key("a"))).Entry);
        await Fails.WithAsync(ErrorId.StoreUnavailable, async () => await catalog.SaveAsync(Rig.Key("a"), [new PathToSave("f", _rig.Folder.File("f", "x"))], Rig.Details));
    }

    public void Dispose() => _rig.Dispose();
}
