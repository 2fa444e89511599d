using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Stores;
using BuildCache.Stores.File;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Stores;

/// <summary>Folders of the user's own are closed to others, and a store that others have in hand is told of once.</summary>
public sealed class FolderRightsTests : IDisposable
{
    private readonly Rig _rig = new();

    public FolderRightsTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "The owner of a folder is known on Linux.");

    [Theory]
    [InlineData("700", false)]
    [InlineData("755", false)]
    [InlineData("775", false)]
    [InlineData("2775", false)]
    [InlineData("777", true)]
    [InlineData("2777", true)]
    [InlineData("1777", false)]
    public async Task A_store_that_everybody_may_write_to_is_told_of_once(string mode, bool isTold)
    {
        await _rig.SaveAsync(Rig.Key("a"), "a");
        Tool.Run("chmod", [mode, _rig.Store.Root]);

        await IsToldAsync(isTold ? "Everybody on this machine may write" : null);
    }

    [Theory]
    [InlineData("65534:65534", "755", true)]
    [InlineData("65534:0", "700", true)]
    [InlineData("65534:0", "2775", false)]
    [InlineData("0:0", "755", false)]
    public async Task A_store_of_another_user_is_told_of_unless_a_group_shares_it(string owner, string mode, bool isTold)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "It takes a superuser to make what is another user's.");
        await _rig.SaveAsync(Rig.Key("a"), "a");
        Tool.Run("chown", [owner, _rig.Store.Root]);
        Tool.Run("chmod", [mode, _rig.Store.Root]);

        await IsToldAsync(isTold ? "belongs to the user with the number 65534" : null);
    }

    [Fact]
    public void The_memory_of_hashes_and_all_above_it_is_the_users_own()
    {
        string file = _rig.Folder.PathOf("cache/buildcache/memory/one");
        HashMemory memory = HashMemory.Open(file);
        memory.Remember("/a", new FileStamp(1, 2, 3, 4, false), Digest.Empty, 0);
        memory.Save();

        const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(OwnerFile, ModeOf(file));
        for (string above = Path.GetDirectoryName(file)!; above != _rig.Folder.Root; above = Path.GetDirectoryName(above)!)
        {
            Assert.Equal(OwnerFile | UnixFileMode.UserExecute, ModeOf(above));
        }
    }

    [Fact]
    public async Task A_pipe_that_takes_the_place_of_a_blob_is_not_waited_for()
    {
        await _rig.SaveAsync(Rig.Key("a"), "content");
        string blob = _rig.BlobPath("content");
        File.Delete(blob);
        Assert.SkipWhen(Tool.Run("mkfifo", [blob]) is not { ExitCode: 0 }, "There is no mkfifo here.");

        Task read = Task.Run(async () => await _rig.Store.Blobs.ReadFilesAsync([new BlobTarget(Digest.Of("content"u8), _rig.Folder.PathOf("target"))]), TestContext.Current.CancellationToken);

        await Fails.WithAsync(ErrorId.BlobMissing, () => read.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        // The very moment between the look and the opening.
        Assert.True(UnixCalls.OpenWithoutWaiting(blob) is >= 0 and int handle && Close(handle));
    }

    private async Task IsToldAsync(string? words)
    {
        await using var store = new FileStore(_rig.Store.Root);
        await store.Entries.GetAsync(Rig.Key("a"), TestContext.Current.CancellationToken);
        IReadOnlyList<StoreNotice> notices = store.TakeNotices();

        Assert.Equal(words is null ? 0 : 1, notices.Count);
        Assert.All(notices, notice => Assert.Contains(words!, notice.Message, StringComparison.Ordinal));
        Assert.Empty(store.TakeNotices());
    }

    private static bool Close(int handle)
    {
        UnixCalls.Close(handle);
        return true;
    }

    private static UnixFileMode ModeOf(string path) => OperatingSystem.IsWindows() ? UnixFileMode.None : File.GetUnixFileMode(path);

    public void Dispose() => _rig.Dispose();
}
