using System.Diagnostics;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.Stores;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Entries;

public sealed class SavingTests : IDisposable
{
    private static readonly CacheKey s_key = Rig.Key("save");
    private readonly Rig _rig = new();

    [Fact]
    public async Task A_good_entry_is_not_overwritten()
    {
        await _rig.SaveAsync(s_key, "first");

        SaveResult second = await _rig.Catalog.SaveAsync(s_key, [new PathToSave("file", _rig.Folder.File("x", "second"))], Rig.Details);

        Assert.False(second.Saved);
        Assert.Equal(Digest.Of("first"u8), second.Entry.Paths[0].Digest);
        Assert.Equal("first", await _rig.LoadAsync(s_key));
    }

    [Fact]
    public async Task A_good_entry_gives_way_when_that_is_asked_for()
    {
        await _rig.SaveAsync(s_key, "first");
        await _rig.SaveAsync(s_key, "second", replace: true);

        Assert.Equal("second", await _rig.LoadAsync(s_key));
    }

    [Fact]
    public async Task A_file_that_is_no_longer_what_was_expected_is_not_saved()
    {
        string file = _rig.Folder.File("x", "made");
        Digest expected = Digest.Of("made"u8);
        Assert.True((await _rig.Catalog.SaveAsync(Rig.Key("same"), [new PathToSave("file", file, expected)], Rig.Details)).Saved);

        _rig.Folder.File("x", "made by another process");
        await Fails.WithAsync(ErrorId.InputChanged, async () => await _rig.Catalog.SaveAsync(s_key, [new PathToSave("file", file, expected)], Rig.Details));
        Assert.Null((await _rig.Catalog.FindAsync(s_key)).Entry);
    }

    [Fact]
    public async Task A_stale_entry_gives_way()
    {
        await _rig.SaveAsync(s_key, "first");
        File.Delete(_rig.BlobPath("first"));

        await _rig.SaveAsync(s_key, "second");

        Assert.Equal("second", await _rig.LoadAsync(s_key));
    }

    [Fact]
    public async Task Of_two_that_save_at_the_same_time_the_first_stays()
    {
        _rig.Faulty.Before = operation =>
        {
            if (operation == Operation.PutEntry)
            {
                _rig.Faulty.Before = null;
                _rig.SaveAsync(s_key, "theirs").GetAwaiter().GetResult();
            }
        };

        CacheEntry entry = await _rig.SaveAsync(s_key, "ours");

        Assert.Equal(Digest.Of("theirs"u8), entry.Paths[0].Digest);
        Assert.Equal("theirs", await _rig.LoadAsync(s_key));
    }

    [Fact]
    public async Task The_entry_is_put_last()
    {
        _rig.Folder.File("tree/sub/file", "content");
        await _rig.Catalog.SaveAsync(s_key, [new PathToSave("tree", _rig.Folder.PathOf("tree"))], new EntryDetails("test", Output: new byte[3]));

        Assert.Equal(Operation.PutEntry, _rig.Faulty.Asked[^1]);
    }

    [Theory]
    [InlineData(Operation.WriteFiles)]
    [InlineData(Operation.WriteBlob)]
    [InlineData(Operation.PutEntry)]
    public async Task A_store_that_goes_away_leaves_nothing_visible(Operation failing)
    {
        _rig.Faulty.Failing.Add(failing);
        _rig.Folder.File("tree/file", "content");

        await Fails.WithAsync(ErrorId.StoreUnavailable, async () => await _rig.SaveTreeAsync(s_key, _rig.Folder.PathOf("tree")));

        Assert.Null((await new EntryCatalog(_rig.Store).FindAsync(s_key)).Entry);
        Assert.Empty(_rig.Temporaries());
    }

    [Fact]
    public async Task What_is_not_there_is_an_input_not_found()
    {
        await Fails.WithAsync(ErrorId.InputNotFound, async () => await _rig.SaveTreeAsync(s_key, _rig.Folder.PathOf("missing")));
        Assert.False(File.Exists(_rig.EntryPath(s_key)));
    }

    [Fact]
    public async Task A_pipe_is_an_unsupported_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no pipes in directories there.");
        _rig.Folder.Folder("tree");
        using (Process process = Process.Start("mkfifo", _rig.Folder.PathOf("tree/pipe")))
        {
            await process.WaitForExitAsync();
        }

        await Fails.WithAsync(ErrorId.UnsupportedFile, async () => await _rig.SaveTreeAsync(s_key, _rig.Folder.PathOf("tree")));
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../beside")]
    [InlineData("/etc/hostname")]
    [InlineData("sub/../../beside")]
    [InlineData("sub/up/..")]
    public async Task A_link_that_may_leave_the_tree_is_refused(string target)
    {
        _rig.Folder.Folder("tree/sub");
        File.CreateSymbolicLink(_rig.Folder.PathOf("tree/link"), target);

        BuildCacheException error = await Fails.WithAsync(ErrorId.UnsupportedFile, async () => await _rig.SaveTreeAsync(s_key, _rig.Folder.PathOf("tree")));

        Assert.Contains(target, error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_rig.Store.Root), "Something was stored before the link was found.");
    }

    [Fact]
    public async Task A_file_that_is_written_all_the_time_is_refused_or_saved_as_it_was_read()
    {
        string path = _rig.Folder.File("changing", new byte[4_000_000]);
        using var stop = new CancellationTokenSource();
        using var writing = new ManualResetEventSlim();
        Task writer = Task.Factory.StartNew(() =>
        {
            using FileStream file = File.Open(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                file.Position = i * 4096L % 4_000_000;
                file.WriteByte((byte)i);
                file.Flush();
                writing.Set();
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        writing.Wait(TestContext.Current.CancellationToken);
        int refused = 0;
        for (int i = 0; i < 10; i++)
        {
            try
            {
                CacheEntry entry = (await _rig.Catalog.SaveAsync(s_key.Append($"{i}"), [new PathToSave("file", path)], Rig.Details)).Entry;
                // The restore verifies that the bytes have the digest that the entry gives.
                await _rig.Catalog.RestoreAsync(entry, _rig.Folder.Folder($"target{i}"));
            }
            catch (BuildCacheException error) when (error.Id == ErrorId.InputChanged)
            {
                refused++;
            }
        }

        await stop.CancelAsync();
        await writer;
        Assert.NotEqual(0, refused);
    }

    [Fact]
    public async Task Known_digests_spare_the_reading()
    {
        string source = _rig.Folder.File("source", "content");
        HashMemory memory = HashMemory.Open(_rig.Folder.PathOf("memory"), new TrustedStamps());
        var catalog = new EntryCatalog(_rig.Store, memory);
        await catalog.SaveAsync(s_key, [new PathToSave("file", source)], Rig.Details);

        Assert.True(memory.TryGet(source, FileStamp.Read(source)!.Value, out Digest digest, out _));
        Assert.Equal(Digest.Of("content"u8), digest);
        // A blob that was swept meanwhile is stored again although its digest is known.
        File.Delete(_rig.BlobPath("content"));
        await catalog.SaveAsync(s_key.Append("2"), [new PathToSave("file", source)], Rig.Details);
        Assert.Equal("content", await _rig.LoadAsync(s_key.Append("2")));
    }

    [Fact]
    public async Task Removing_an_entry_that_was_replaced_leaves_the_new_one()
    {
        await _rig.SaveAsync(s_key, "old");
        IndexedEntry old = (await _rig.Store.Entries.GetAsync(s_key))!;
        await _rig.SaveAsync(s_key, "new", replace: true);

        Assert.False(await _rig.Store.Entries.RemoveAsync(old));

        Assert.Equal("new", await _rig.LoadAsync(s_key));
        Assert.Empty(_rig.Temporaries());
    }

    [Fact]
    public async Task Removing_an_entry_removes_it_once_and_tidies_up()
    {
        await _rig.SaveAsync(s_key.Append("child"), "content");

        Assert.True(await _rig.Catalog.RemoveAsync(s_key.Append("child")));
        Assert.False(await _rig.Catalog.RemoveAsync(s_key.Append("child")));

        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_rig.Store.Root, "entries")));
    }

    [Fact]
    public async Task Removing_a_parent_leaves_the_child()
    {
        await _rig.SaveAsync(s_key, "parent");
        await _rig.SaveAsync(s_key.Append("child"), "child");

        Assert.True(await _rig.Catalog.RemoveAsync(s_key));

        Assert.Equal("child", await _rig.LoadAsync(s_key.Append("child")));
    }

    [Fact]
    public async Task A_store_that_was_deleted_meanwhile_is_made_again()
    {
        await _rig.SaveAsync(s_key, "content");
        Directory.Delete(_rig.Store.Root, recursive: true);

        await _rig.SaveAsync(s_key, "content");

        Assert.Equal("content", await _rig.LoadAsync(s_key));
    }

    public void Dispose() => _rig.Dispose();
}
