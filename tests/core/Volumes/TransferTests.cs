using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Stores;
using BuildCache.Tests.Support;
using BuildCache.Volumes;

namespace BuildCache.Tests.Volumes;

public sealed class TransferTests : IDisposable
{
    private readonly VolumeRig _here = new();
    private readonly VolumeRig _there = new();
    private readonly Rig _store = new();

    private VolumeTransfer Out => new(_here.Volumes, _store.Catalog);

    private VolumeTransfer In => new(_there.Volumes, _store.Catalog);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private CacheVolume Filled(string name, VolumeSharing sharing = VolumeSharing.Shared)
    {
        CacheVolume volume = _here.Get(name, sharing);
        Fill(volume.Path!);
        return volume;
    }

    private static void Fill(string path)
    {
        Directory.CreateDirectory(Path.Combine(path, "sub"));
        Directory.CreateDirectory(Path.Combine(path, "empty"));
        File.WriteAllText(Path.Combine(path, "sub", "file"), "content");
        File.WriteAllText(Path.Combine(path, "other"), "more content");
        File.CreateSymbolicLink(Path.Combine(path, "link"), "sub/file");
    }

    [Fact]
    public async Task A_volume_travels_to_another_machine()
    {
        CacheVolume from = Filled("a");
        SaveResult saved = await Out.ExportAsync(from, cancellationToken: Stop);
        CacheVolume to = _there.Get("a");

        VolumeImport import = await In.ImportAsync(to, cancellationToken: Stop);

        Assert.Equal(Rig.Key("volume", "a"), saved.Entry.Key);
        Assert.Equal((VolumeImportOutcome.Imported, LookupMatch.Exact), (import.Outcome, import.Match));
        Assert.Equal(FolderPicture.Of(from.Path!), FolderPicture.Of(to.Path!));
        Assert.Empty(_there.Temporaries());
        Assert.Empty(to.Holders);
    }

    [Fact]
    public async Task A_new_key_starts_from_the_newest_that_a_restore_key_matches()
    {
        await Out.ExportAsync(Filled("deps"), Rig.Key("deps", "one"), cancellationToken: Stop);
        CacheVolume to = _there.Volumes.Get(new VolumeIdentity(Rig.Key("deps", "two")));

        VolumeImport miss = await In.ImportAsync(to, cancellationToken: Stop);
        VolumeImport import = await In.ImportAsync(to, restoreKeys: [Rig.Key("nothing"), Rig.Key("deps")], cancellationToken: Stop);

        Assert.Equal(VolumeImportOutcome.NoEntry, miss.Outcome);
        Assert.Equal((VolumeImportOutcome.Imported, LookupMatch.RestoreKey), (import.Outcome, import.Match));
        Assert.True(File.Exists(Path.Combine(to.Path!, "sub", "file")));
    }

    [Fact]
    public async Task Several_scopes_are_looked_in()
    {
        await Out.ExportAsync(Filled("a"), Rig.Key("a").In(CacheScope.Parse("team:core")), cancellationToken: Stop);
        CacheVolume to = _there.Get("a");

        VolumeImport import = await In.ImportAsync(to, scopes: [CacheScope.Parse("branch:x"), CacheScope.Parse("team:core")], cancellationToken: Stop);

        Assert.Equal("team:core", import.Entry!.Key.Scope.ToString());
    }

    [Fact]
    public async Task Tiers_will_do_as_well()
    {
        var near = new BuildCache.Stores.File.FileStore(_store.Folder.PathOf("near"));
        var tiers = new EntryCatalog(CacheStore.Open($"{near.Root};{_store.Store.Root}"));
        CacheVolume from = Filled("a");
        await new VolumeTransfer(_here.Volumes, tiers).ExportAsync(from, cancellationToken: Stop);
        CacheVolume to = _there.Get("a");

        Assert.Equal(VolumeImportOutcome.Imported, (await In.ImportAsync(to, cancellationToken: Stop)).Outcome);
        Assert.Equal(FolderPicture.Of(from.Path!), FolderPicture.Of(to.Path!));
    }

    [Fact]
    public async Task What_a_volume_holds_already_stays_unless_it_is_forced()
    {
        await Out.ExportAsync(Filled("a"), cancellationToken: Stop);
        CacheVolume to = _there.Get("a");
        File.WriteAllText(Path.Combine(to.Path!, "own"), "");

        Assert.Equal(VolumeImportOutcome.NotEmpty, (await In.ImportAsync(to, cancellationToken: Stop)).Outcome);
        Assert.True(File.Exists(Path.Combine(to.Path!, "own")));

        Assert.Equal(VolumeImportOutcome.Imported, (await In.ImportAsync(to, force: true, cancellationToken: Stop)).Outcome);
        Assert.False(File.Exists(Path.Combine(to.Path!, "own")));
        Assert.True(File.Exists(Path.Combine(to.Path!, "sub", "file")));
    }

    [Theory]
    [InlineData(Operation.ReadFiles)]
    [InlineData(Operation.ReadBlob)]
    [InlineData(Operation.GetEntry)]
    public async Task An_import_that_fails_leaves_the_volume_as_it_was(Operation operation)
    {
        await Out.ExportAsync(Filled("a"), cancellationToken: Stop);
        CacheVolume to = _there.Get("a");
        File.WriteAllText(Path.Combine(to.Path!, "own"), "");
        IReadOnlyList<string> before = FolderPicture.Of(to.Path!);
        _store.Faulty.Failing.Add(operation);

        await Fails.WithAsync(ErrorId.StoreUnavailable, () => In.ImportAsync(to, force: true, cancellationToken: Stop));

        Assert.Equal(before, FolderPicture.Of(to.Path!));
        Assert.Empty(_there.Temporaries());
        (await _there.HoldAsync(to)).Dispose();
    }

    [Fact]
    public async Task An_entry_whose_content_is_damaged_is_a_miss_and_the_volume_is_as_it_was()
    {
        await Out.ExportAsync(Filled("a"), cancellationToken: Stop);
        Rig.Overwrite(_store.BlobPath("content"), "tampers"u8.ToArray());
        CacheVolume to = _there.Get("a");

        Assert.Equal(VolumeImportOutcome.NoEntry, (await In.ImportAsync(to, cancellationToken: Stop)).Outcome);
        Assert.Empty(Directory.GetFileSystemEntries(to.Path!));
    }

    [Fact]
    public async Task A_replacing_that_was_cut_short_is_undone_by_who_comes_next()
    {
        CacheVolume volume = Filled("a");
        IReadOnlyList<string> before = FolderPicture.Of(volume.Path!);
        Directory.Move(volume.Path!, Path.Combine(Path.GetDirectoryName(volume.Path)!, "old"));

        CacheVolume again = _here.Get("a");

        Assert.Equal(before, FolderPicture.Of(again.Path!));
    }

    [Fact]
    public async Task A_directory_that_somebody_deleted_is_there_again_and_empty()
    {
        CacheVolume volume = Filled("a");
        Directory.Delete(volume.Path!, recursive: true);
        Assert.Empty(Directory.GetFileSystemEntries(_here.Get("a").Path!));
        Directory.Delete(volume.Path!, recursive: true);

        using VolumeHold hold = await _here.HoldAsync(volume);

        Assert.Empty(Directory.GetFileSystemEntries(hold.Volumes[0].Path!));
    }

    [Fact]
    public async Task Who_holds_a_locked_volume_exports_and_imports_it_without_waiting_for_himself()
    {
        using (VolumeHold hold = await _here.HoldAsync(_here.Get("a", VolumeSharing.Locked)))
        {
            Fill(hold.Volumes[0].Path!);
            await Out.ExportAsync(hold.Volumes[0], cancellationToken: Stop);
        }

        using VolumeHold there = await _there.HoldAsync(_there.Get("a", VolumeSharing.Locked));
        Assert.Equal(VolumeImportOutcome.Imported, (await In.ImportAsync(there.Volumes[0], cancellationToken: Stop)).Outcome);
        Assert.True(File.Exists(Path.Combine(there.Volumes[0].Path!, "other")));
    }

    [Fact]
    public async Task An_import_waits_until_nobody_uses_the_volume()
    {
        await Out.ExportAsync(Filled("a"), cancellationToken: Stop);
        CacheVolume to = _there.Get("a");
        using VolumeHold hold = await _there.HoldAsync(to);

        await Fails.WithAsync(ErrorId.LockTimeout, () => In.ImportAsync(to, timeout: TimeSpan.FromMilliseconds(50), cancellationToken: Stop));
        await Fails.WithAsync(ErrorId.VolumeInUse, () => In.ImportAsync(hold.Volumes[0], cancellationToken: Stop));
    }

    [Fact]
    public async Task Of_a_private_volume_a_copy_is_exported_and_a_copy_is_made()
    {
        CacheVolume volume = _here.Get("a", VolumeSharing.Private);
        await Fails.WithAsync(ErrorId.VolumeInUse, () => Out.ExportAsync(volume, cancellationToken: Stop));
        string first;
        using (VolumeHold hold = await _here.HoldAsync(volume))
        {
            first = hold.Volumes[0].Path!;
            Fill(first);
        }

        await Out.ExportAsync(volume, cancellationToken: Stop);
        CacheVolume to = _there.Get("a", VolumeSharing.Private);
        Assert.Equal(VolumeImportOutcome.Imported, (await In.ImportAsync(to, cancellationToken: Stop)).Outcome);
        Assert.Equal(VolumeImportOutcome.NotEmpty, (await In.ImportAsync(to, cancellationToken: Stop)).Outcome);

        using VolumeHold there = await _there.HoldAsync(to);
        Assert.Equal(FolderPicture.Of(first), FolderPicture.Of(there.Volumes[0].Path!));
    }

    [Fact]
    public async Task A_checkpoint_is_an_ordinary_directory_with_all_that_the_volume_holds()
    {
        CacheVolume volume = Filled("a");
        File.SetLastWriteTimeUtc(Path.Combine(volume.Path!, "other"), new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        string target = _here.Folder.PathOf("made/checkpoint");

        await VolumeCheckpoint.MakeAsync(_here.Volumes, volume, target, cancellationToken: Stop);

        Assert.Equal(FolderPicture.Of(volume.Path!), FolderPicture.Of(target));
        Assert.Equal(new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc), File.GetLastWriteTimeUtc(Path.Combine(target, "other")));
        await Fails.WithAsync(ErrorId.InvalidSetting, () => VolumeCheckpoint.MakeAsync(_here.Volumes, volume, target, cancellationToken: Stop));
    }

    [Fact]
    public async Task Half_a_checkpoint_is_none()
    {
        CacheVolume volume = Filled("a");
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start("mkfifo", [Path.Combine(volume.Path!, "sub", "pipe")]);
        await process.WaitForExitAsync(Stop);

        await Fails.WithAsync(ErrorId.UnsupportedFile, () => VolumeCheckpoint.MakeAsync(_here.Volumes, volume, _here.Folder.PathOf("made/checkpoint"), cancellationToken: Stop));

        Assert.False(Path.Exists(_here.Folder.PathOf("made")));
    }

    public void Dispose()
    {
        _here.Dispose();
        _there.Dispose();
        _store.Dispose();
    }
}
