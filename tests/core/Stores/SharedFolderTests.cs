using BuildCache.Entries;
using BuildCache.Locks;
using BuildCache.Pruning;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Stores;

/// <summary>What else may be in the folder of a store: links, and the work of other users.</summary>
public sealed class SharedFolderTests : IDisposable
{
    private readonly Rig _rig = new();

    [Fact]
    public async Task Nothing_behind_a_link_is_read_removed_or_counted()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Making links takes a right that tests on Windows may not have.");
        await _rig.SaveAsync(Rig.Key("a"), "a");
        string entry = _rig.Folder.File("outside/entry", "not an entry");
        string blob = _rig.Folder.File($"outside/{new string('a', 64)}", "not a blob");
        File.SetLastWriteTimeUtc(blob, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Directory.CreateSymbolicLink(Path.Combine(_rig.Store.Root, "entries", "+linked"), _rig.Folder.PathOf("outside"));
        Directory.CreateSymbolicLink(Path.Combine(_rig.Store.Root, "blobs", "aa"), _rig.Folder.PathOf("outside"));
        long before = (await _rig.Store.MeasureAsync()).Count;

        Assert.Single(await _rig.Catalog.ListAsync().ToListAsync());
        await new EntryPruner(_rig.Store, new FakeClock(TimeSpan.FromHours(2))).PruneAsync(new PrunePolicy(Budget: Rig.AtMost(0)));

        Assert.True(File.Exists(entry));
        Assert.True(File.Exists(blob));
        Assert.Equal(1, before);
    }

    [Fact]
    public async Task A_second_user_saves_in_a_folder_that_all_may_write()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes.");
        Directory.CreateDirectory(_rig.Store.Root);
        Assert.Equal(0, Tool.Run("chmod", ["2777", _rig.Store.Root])!.Value.ExitCode);
        await _rig.SaveAsync(Rig.Key("a", "b"), "a");

        const UnixFileMode Writable = UnixFileMode.SetGroup | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
        foreach (string directory in Directory.GetDirectories(_rig.Store.Root, "*", SearchOption.AllDirectories))
        {
            Assert.Equal(Writable, ModeOf(directory) & Writable);
        }

        Tool.Run("chmod", ["755", _rig.Folder.Root]);
        Assert.Equal((0, "saved", ""), OrdinaryUser.Run("save", _rig.Store.Root));
        Assert.Equal("a", await _rig.LoadAsync(Rig.Key("a", "b")));
    }

    [Fact]
    public async Task A_folder_of_one_user_stays_that_users()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes.");
        await _rig.SaveAsync(Rig.Key("a", "b"), "a");

        foreach (string directory in Directory.GetDirectories(_rig.Store.Root, "*", SearchOption.AllDirectories))
        {
            Assert.Equal(UnixFileMode.None, ModeOf(directory) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite));
        }
    }

    [Fact]
    public async Task A_blob_of_another_user_is_stored_again_so_that_a_prune_beside_does_not_take_it()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && OperatingSystem.IsLinux(), "It takes a superuser to make what is another user's.");
        await _rig.SaveAsync(Rig.Key("other"), "saved");
        string blob = _rig.BlobPath("saved");
        File.SetLastWriteTimeUtc(blob, DateTime.UtcNow.AddDays(-1));
        Assert.Equal(0, Tool.Run("chmod", ["-R", "a+rwX", _rig.Store.Root])!.Value.ExitCode);
        Tool.Run("chmod", ["444", blob]);
        Tool.Run("chmod", ["755", _rig.Folder.Root]);

        Assert.Equal((0, "saved", ""), OrdinaryUser.Run("save", _rig.Store.Root));

        Assert.True(File.GetLastWriteTimeUtc(blob) > DateTime.UtcNow.AddHours(-1));
    }

    [Fact]
    public async Task Locks_of_commands_whose_runner_was_killed_are_removed_by_pruning()
    {
        await _rig.SaveAsync(Rig.Key("a"), "a");
        string dead = Path.Combine(_rig.Store.MakeFlights(), "dead");
        await File.WriteAllTextAsync(dead, "");
        using var living = FileLock.TryTake(Path.Combine(_rig.Store.MakeFlights(), "living"), LockKind.Exclusive);

        await new EntryPruner(_rig.Store).PruneAsync(new PrunePolicy());

        Assert.False(File.Exists(dead));
        Assert.True(File.Exists(living!.Path));
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_an_error_of_the_file()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux has a file that gives an input error.");

        BuildCacheException error = await Fails.WithAsync(ErrorId.InputNotFound,
            async () => await _rig.Catalog.SaveAsync(Rig.Key("a"), [new PathToSave("memory", "/proc/self/mem")], Rig.Details));

        Assert.Contains("/proc/self/mem", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Saves as the process that another user has started.</summary>
    public static async Task<int> WorkAsync(string store)
    {
        string source = Path.GetTempFileName();
        await File.WriteAllTextAsync(source, "saved");
        bool saved = (await new EntryCatalog(new BuildCache.Stores.File.FileStore(store)).SaveAsync(Rig.Key("a", "c"), [new PathToSave("file", source)], Rig.Details)).Saved;
        File.Delete(source);
        Console.WriteLine(saved ? "saved" : "not saved");
        return 0;
    }

    private static UnixFileMode ModeOf(string path) => OperatingSystem.IsWindows() ? UnixFileMode.None : File.GetUnixFileMode(path);

    public void Dispose() => _rig.Dispose();
}
