using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Stores.File;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Stores;

/// <summary>A pipe in a shared folder, which would be waited for if it was opened, is as good as nothing.</summary>
public sealed class PipeInStoreTests : IDisposable
{
    private static readonly CacheKey s_key = Rig.Key("pipe");
    private readonly Rig _rig = new();

    [Fact]
    public async Task In_the_place_of_an_entry()
    {
        await _rig.SaveAsync(s_key, "content");
        Replace(_rig.EntryPath(s_key));

        Assert.Null((await FindAsync()).Entry);
        await _rig.SaveAsync(s_key, "content");
        Assert.Equal("content", await _rig.LoadAsync(s_key));
    }

    [Fact]
    public async Task In_the_place_of_a_blob()
    {
        await _rig.SaveAsync(s_key, "content");
        Replace(_rig.BlobPath("content"));

        Assert.Null((await FindAsync()).Entry);
        await _rig.SaveAsync(s_key, "content");
        Assert.Equal("content", await _rig.LoadAsync(s_key));
    }

    [Fact]
    public async Task In_the_place_of_the_format()
    {
        await _rig.SaveAsync(s_key, "content");
        Replace(Path.Combine(_rig.Store.Root, "version"));

        LookupResult found = await new EntryCatalog(new FileStore(_rig.Store.Root)).FindAsync(s_key).AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.NotNull(found.Entry);
    }

    [Fact]
    public async Task A_directory_there_is_an_error_of_the_store()
    {
        await _rig.SaveAsync(s_key, "content");
        File.Delete(_rig.EntryPath(s_key));
        Directory.CreateDirectory(_rig.EntryPath(s_key));

        await Fails.WithAsync(ErrorId.StoreUnavailable, FindAsync);
    }

    private Task<LookupResult> FindAsync() => Task.Run(() => _rig.Catalog.FindAsync(s_key).AsTask(), TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

    private static void Replace(string path)
    {
        File.Delete(path);
        Assert.SkipWhen(Tool.Run("mkfifo", [path]) is not { ExitCode: 0 }, "There is no mkfifo here.");
    }

    public void Dispose() => _rig.Dispose();
}
