using System.Diagnostics;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.Stores.File;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Entries;

public sealed class KilledRestoreTests : IDisposable
{
    private const int Rounds = 12;
    private static readonly CacheKey s_key = Rig.Key("killed");
    private readonly Rig _rig = new();

    [Theory]
    [InlineData("KILL")]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public async Task A_restore_that_is_killed_leaves_its_destination_whole_and_nothing_beside_it(string signal)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Where paths cannot be swapped there is a moment between two renames.");
        for (int i = 0; i < 300; i++)
        {
            _rig.Folder.File($"tree/{i % 7}/{i}", new string('x', i * 10));
        }

        CacheEntry entry = await _rig.SaveTreeAsync(s_key, _rig.Folder.PathOf("tree"));
        string target = _rig.Folder.Folder("target");
        await _rig.Catalog.RestoreAsync(entry, target);
        IReadOnlyList<string> whole = FolderPicture.Of(target);
        for (int round = 0; round < Rounds; round++)
        {
            using Process worker = TestProgram.Start("restore-worker", _rig.Store.Root, target);
            Assert.Equal("restoring", await worker.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            await Task.Delay(Random.Shared.Next(80), TestContext.Current.CancellationToken);

            Assert.Equal(0, Tool.Run("kill", [$"-{signal}", $"{worker.Id}"])!.Value.ExitCode);
            await worker.WaitForExitAsync(TestContext.Current.CancellationToken);

            Assert.NotEqual(0, worker.ExitCode);
            Assert.Equal(FolderPicture.Of(_rig.Folder.PathOf("tree")), FolderPicture.Of(Path.Combine(target, "tree")));
            if (signal != "KILL")
            {
                Assert.Equal(whole, FolderPicture.Of(target));
            }
        }

        await _rig.Catalog.RestoreAsync(entry, target);

        Assert.Equal(whole, FolderPicture.Of(target));
    }

    /// <summary>Restores again and again, until it is asked to stop or is killed.</summary>
    public static async Task<int> WorkAsync(string store, string target)
    {
        using var stop = new CancellationTokenSource();
        var catalog = new EntryCatalog(new FileStore(store));
        CacheEntry entry = (await catalog.FindAsync(s_key)).Entry!;
        // Around all of them: between two, the signal ends the process at once.
        using var signals = new TerminationSignals(stop);
        Console.WriteLine("restoring");
        while (true)
        {
            await catalog.RestoreAsync(entry, target, cancellationToken: stop.Token);
        }
    }

    public void Dispose() => _rig.Dispose();
}
