using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Entries;

/// <summary>A lookup never promises what storage lost, and never purges for less than a definite loss.</summary>
public sealed class ValidationTests : IDisposable
{
    private static readonly CacheKey s_key = Rig.Key("work", "1");
    private readonly Rig _rig = new();

    [Fact]
    public async Task An_entry_whose_blob_is_lost_is_purged_and_told()
    {
        await _rig.SaveAsync(s_key, "content");
        File.Delete(_rig.BlobPath("content"));

        LookupResult result = await _rig.Catalog.FindAsync(s_key);

        Assert.Equal(LookupMatch.None, result.Match);
        Assert.Equal([s_key], result.Stale.Select(entry => entry.Key));
        Assert.False(File.Exists(_rig.EntryPath(s_key)));
    }

    [Fact]
    public async Task A_blob_of_another_size_is_lost()
    {
        await _rig.SaveAsync(s_key, "content");
        Rig.Overwrite(_rig.BlobPath("content"), [1]);

        Assert.Equal(LookupMatch.None, (await _rig.Catalog.FindAsync(s_key)).Match);
    }

    [Theory]
    [InlineData("tree")]
    [InlineData("file")]
    [InlineData("output")]
    public async Task Whatever_a_tree_needs_is_looked_for(string lost)
    {
        _rig.Folder.File("tree/sub/file", "file");
        CacheEntry entry = (await _rig.Catalog.SaveAsync(
            s_key, [new PathToSave("tree", _rig.Folder.PathOf("tree"))], new EntryDetails("test", Output: "output"u8.ToArray()))).Entry;
        string blob = lost == "tree" ? _rig.BlobPath(entry.Paths[0].Tree!.Value) : _rig.BlobPath(lost);
        Assert.Equal(LookupMatch.Exact, (await _rig.Catalog.FindAsync(s_key)).Match);

        File.Delete(blob);

        Assert.Equal(LookupMatch.None, (await _rig.Catalog.FindAsync(s_key)).Match);
    }

    [Fact]
    public async Task Instead_of_a_stale_entry_an_older_good_one_is_found()
    {
        await _rig.SaveAsync(s_key, "lost");
        await _rig.SaveAsync(Rig.Key("work", "0"), "older");
        _rig.SetSaved(Rig.Key("work", "0"), DateTime.UtcNow.AddDays(-2));
        await _rig.SaveAsync(Rig.Key("work", "2"), "lost too");
        File.Delete(_rig.BlobPath("lost"));
        File.Delete(_rig.BlobPath("lost too"));

        LookupResult result = await _rig.Catalog.FindAsync(s_key, [Rig.Key("work")]);

        Assert.Equal((LookupMatch.RestoreKey, Rig.Key("work", "0")), (result.Match, result.Entry?.Key));
        Assert.Equal(2, result.Stale.Count);
    }

    [Fact]
    public async Task After_ten_stale_entries_a_lookup_gives_up()
    {
        for (int i = 0; i < 12; i++)
        {
            await _rig.SaveAsync(Rig.Key("work", $"stale {i}"), $"lost {i}");
            File.Delete(_rig.BlobPath($"lost {i}"));
        }

        await _rig.SaveAsync(Rig.Key("work", "good"), "good");
        _rig.SetSaved(Rig.Key("work", "good"), DateTime.UtcNow.AddDays(-1));

        LookupResult first = await _rig.Catalog.FindAsync(s_key, [Rig.Key("work")]);
        LookupResult second = await _rig.Catalog.FindAsync(s_key, [Rig.Key("work")]);

        Assert.Equal((LookupMatch.None, 10), (first.Match, first.Stale.Count));
        Assert.Equal((LookupMatch.RestoreKey, 2), (second.Match, second.Stale.Count));
    }

    [Fact]
    public async Task Ten_stale_entries_under_exact_keys_are_enough_too()
    {
        CacheScope[] scopes = [.. Enumerable.Range(0, 12).Select(i => CacheScope.Parse($"branch:{i}"))];
        foreach (CacheScope scope in scopes)
        {
            await _rig.SaveAsync(s_key.In(scope), $"lost {scope}");
            File.Delete(_rig.BlobPath($"lost {scope}"));
        }

        Assert.Equal(10, (await _rig.Catalog.FindAsync(s_key, [], scopes)).Stale.Count);
    }

    [Fact]
    public async Task Without_purging_a_stale_entry_is_passed_over_and_stays()
    {
        await _rig.SaveAsync(s_key, "content");
        File.Delete(_rig.BlobPath("content"));

        LookupResult result = await new EntryCatalog(_rig.Store) { Purges = false }.FindAsync(s_key);

        Assert.Equal((LookupMatch.None, 1), (result.Match, result.Stale.Count));
        Assert.True(File.Exists(_rig.EntryPath(s_key)));
    }

    [Theory]
    [InlineData(Operation.GetEntry)]
    [InlineData(Operation.ListEntries)]
    [InlineData(Operation.FindMissing)]
    [InlineData(Operation.ReadBlob)]
    public async Task A_store_that_cannot_say_purges_nothing(Operation failing)
    {
        CacheKey other = Rig.Key("work", "2");
        await _rig.SaveTreeAsync(s_key, _rig.Folder.Folder("tree"));
        await _rig.SaveTreeAsync(other, _rig.Folder.Folder("tree"));
        _rig.Faulty.Failing.Add(failing);

        await Fails.WithAsync(ErrorId.StoreUnavailable, async () => await _rig.Catalog.FindAsync(Rig.Key("work", "3"), [Rig.Key("work", "nothing"), Rig.Key("work")]));

        Assert.DoesNotContain(Operation.RemoveEntry, _rig.Faulty.Asked);
        Assert.True(File.Exists(_rig.EntryPath(s_key)));
        Assert.True(File.Exists(_rig.EntryPath(other)));
    }

    [Fact]
    public async Task A_blob_that_may_not_be_looked_at_purges_nothing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Uses a loop of links to make a directory that the system refuses to look into.");
        await _rig.SaveAsync(s_key, "content");
        string folder = Path.GetDirectoryName(_rig.BlobPath("content"))!;
        Directory.Move(folder, folder + "-away");
        Directory.CreateSymbolicLink(folder, Path.GetFileName(folder));

        await Fails.WithAsync(ErrorId.StoreUnavailable, async () => await _rig.Catalog.FindAsync(s_key));
        File.Delete(folder);
        Directory.Move(folder + "-away", folder);

        Assert.Equal("content", await _rig.LoadAsync(s_key));
    }

    [Fact]
    public async Task A_purge_that_is_refused_does_not_fail_the_lookup()
    {
        await _rig.SaveAsync(s_key, "content");
        File.Delete(_rig.BlobPath("content"));
        _rig.Faulty.Failing.Add(Operation.RemoveEntry);

        Assert.Equal((LookupMatch.None, 1), (await _rig.Catalog.FindAsync(s_key)) switch { var result => (result.Match, result.Stale.Count) });
    }

    [Fact]
    public async Task A_good_entry_put_while_the_stale_one_was_looked_at_is_not_purged()
    {
        await _rig.SaveAsync(s_key, "lost");
        File.Delete(_rig.BlobPath("lost"));
        _rig.Faulty.Before = operation =>
        {
            if (operation == Operation.RemoveEntry)
            {
                _rig.Faulty.Before = null;
                _rig.SaveAsync(s_key, "good", replace: true).GetAwaiter().GetResult();
            }
        };

        await _rig.Catalog.FindAsync(s_key);

        Assert.Equal("good", await _rig.LoadAsync(s_key));
    }

    public void Dispose() => _rig.Dispose();
}
