using BuildCache.Locks;
using BuildCache.Sources;
using BuildCache.Sources.Mirroring;
using BuildCache.TestServers;
using BuildCache.TestServers.Git;

namespace BuildCache.Tests.Sources.Mirroring;

/// <summary>What a mirror keeps when its origins change, and what interruptions do to it.</summary>
public sealed class MirrorSyncTests(MirrorOrigin origin) : IAsyncLifetime
{
    private MirrorRig _rig = null!;

    public async ValueTask InitializeAsync() => _rig = await MirrorRig.StartAsync(origin);

    [Fact]
    public async Task A_second_time_is_one_request_for_each_repository_and_none_for_a_file()
    {
        await _rig.SyncAsync();
        int before = _rig.Requests;

        IReadOnlyList<MirroredSource> reports = await _rig.SyncAsync();

        // The library and its two submodules.
        Assert.Equal(3, _rig.Requests - before);
        Assert.All(reports, report => Assert.Equal((0, 0, 0, 0), (report.Added, report.Moved, report.Deleted, report.NewBytes)));
    }

    [Fact]
    public async Task All_branches_and_tags_are_there_and_reported()
    {
        MirroredSource first = (await _rig.SyncAsync(_rig.Alone))[0];
        _rig.Library.In("branch", "feature");
        _rig.Advance("two");
        MirroredSource second = (await _rig.SyncAsync(_rig.Alone))[0];

        Assert.Equal((2, 2, 0, 0), (first.Refs, first.Added, first.Moved, first.Deleted));
        Assert.Equal((3, 1, 1, 0, 0), (second.Refs, second.Added, second.Moved, second.Deleted, second.Kept));
        Assert.Equal([new MirroredRef(_rig.Commit, true)], second.Needed);
        Assert.True(second.NewBytes > 0 && second.Bytes > first.Bytes);
        Assert.Equal("tag", _rig.InMirror("cat-file", "-t", "v1.0").Trim());
        Assert.Equal("refs/heads/main", _rig.InMirror("symbolic-ref", "HEAD").Trim());
        _rig.InMirror("fsck", "--strict");
    }

    [Theory]
    [InlineData("force-pushed")]
    [InlineData("deleted")]
    [InlineData("tag moved")]
    public async Task What_the_origin_drops_is_kept_and_can_be_fetched(string how)
    {
        _rig.Library.In("checkout", "--quiet", "-b", "work");
        SourceDeclaration old = _rig.Alone with { Ref = _rig.Advance("lost") };
        _rig.Library.In("tag", "--annotate", "v2.0", "--message", "a release");
        if (how != "tag moved")
        {
            _rig.Library.In("tag", "--delete", "v2.0");
        }

        await _rig.SyncAsync(old);
        _rig.Library.In("checkout", "--quiet", "main");
        _rig.Library.In(how == "deleted" ? ["branch", "--delete", "--force", "work"] : ["branch", "--force", "work", "main"]);
        if (how == "tag moved")
        {
            _rig.Library.In("tag", "--force", "--annotate", "v2.0", "--message", "another");
        }

        _rig.Library.In("reflog", "expire", "--expire=now", "--all");
        _rig.Library.In("gc", "--quiet", "--prune=now");
        MirroredSource report = (await _rig.SyncAsync(old))[0];
        await _rig.SyncAsync(old);
        await _rig.SwitchOffAsync();
        await using GitHttpServer server = await GitHttpServer.StartAsync(_rig.Mirror, isSmart: false, MirrorRig.Stop);

        Assert.True(report.IsComplete);
        Assert.Equal(how == "tag moved" ? 2 : 1, report.Kept);
        foreach (string mirror in new[] { _rig.Mirror, server.Url })
        {
            TestedSource test = await _rig.TestAsync(old, mirror);
            Assert.True(test.IsFetched, test.Message);
        }
    }

    [Fact]
    public async Task A_commit_that_no_branch_holds_is_asked_for_by_its_name()
    {
        string lost = _rig.Advance("lost");
        _rig.Library.In("reset", "--quiet", "--hard", "HEAD~1");

        MirroredSource report = (await _rig.SyncAsync(_rig.Alone with { Ref = lost }))[0];
        await _rig.SwitchOffAsync();

        Assert.True(report.IsComplete);
        Assert.True((await _rig.TestAsync(_rig.Alone with { Ref = lost })).IsFetched);
    }

    [Fact]
    public async Task A_commit_that_nobody_has_is_named_with_its_source()
    {
        MirroredSource report = Assert.Single(await _rig.Mirroring.SyncAsync([_rig.Alone with { Ref = new string('1', 40) }], _rig.Mirror, MirrorRig.Stop));

        Assert.False(report.IsComplete);
        Assert.Equal(ErrorId.RefNotFound, report.Error!.Id);
        Assert.Equal([new MirroredRef(new string('1', 40), false)], report.Needed);
        Assert.Equal(2, report.Refs);
    }

    [Fact]
    public async Task An_origin_that_is_away_leaves_the_mirror_as_it_was()
    {
        await _rig.SyncAsync(_rig.Alone);
        await _rig.SwitchOffAsync();

        IReadOnlyList<MirroredSource> reports = await _rig.Mirroring.SyncAsync([_rig.Alone, _rig.Tool with { Ref = "sha256:" + new string('1', 64) }], _rig.Mirror, MirrorRig.Stop);

        Assert.Equal(ErrorId.SourceUnavailable, reports[0].Error!.Id);
        Assert.True(reports[0].IsComplete);
        Assert.False(reports[^1].IsComplete);
        Assert.True((await _rig.TestAsync(_rig.Alone)).IsFetched);
    }

    [Fact]
    public async Task An_interrupted_synchronisation_leaves_what_was_there_and_is_taken_up_again()
    {
        await _rig.SyncAsync(_rig.Alone);
        SourceDeclaration old = _rig.Alone;
        byte[] noise = new byte[4 * 1024 * 1024];
        Random.Shared.NextBytes(noise);
        File.WriteAllBytes(Path.Combine(_rig.Library.Path, "noise"), noise);
        _rig.Advance("large");
        await using (FaultProxy proxy = await FaultProxy.StartAsync(new Uri(_rig.Aliases.Expand("code:")), cancellationToken: MirrorRig.Stop))
        {
            proxy.Fault = Fault.CutMiddle(1_000_000).For(request => request.Method == "POST");
            var aliases = new SourceAliases(new Dictionary<string, string> { ["code"] = proxy.Address.AbsoluteUri });
            MirroredSource broken = Assert.Single(await _rig.OnMachine("one", aliases).SyncAsync([_rig.Alone], _rig.Mirror, MirrorRig.Stop));
            Assert.Equal((ErrorId.SourceUnavailable, false, 0), (broken.Error!.Id, broken.IsComplete, broken.Moved));
            Assert.True(proxy.FaultsApplied > 0);
            Assert.True((await _rig.TestAsync(old)).IsFetched);
        }

        for (int delay = 20; delay <= 320; delay *= 4)
        {
            using var stop = new CancellationTokenSource(delay);
            try
            {
                await _rig.Mirroring.SyncAsync([_rig.Alone], _rig.Mirror, stop.Token);
            }
            catch (OperationCanceledException)
            {
                // At another point each time.
            }

            Assert.True((await _rig.TestAsync(old)).IsFetched);
        }

        // What a git that is killed at the worst moment leaves behind.
        File.WriteAllText(Path.Combine(_rig.Mirrored, "packed-refs.lock"), "");
        File.WriteAllText(Path.Combine(_rig.Mirrored, "objects/pack/tmp_pack_x"), "half");
        File.Delete(Path.Combine(_rig.Mirrored, "info/refs"));
        MirroredSource report = (await _rig.SyncAsync(_rig.Alone))[0];
        await _rig.SwitchOffAsync();
        await using GitHttpServer server = await GitHttpServer.StartAsync(_rig.Mirror, isSmart: false, MirrorRig.Stop);

        Assert.True(report.IsComplete);
        Assert.True((await _rig.TestAsync(_rig.Alone, server.Url)).IsFetched);
        Assert.Empty(Directory.EnumerateFiles(_rig.Mirrored, "tmp_*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Two_at_once_do_the_work_of_one()
    {
        IReadOnlyList<MirroredSource>[] both = await Task.WhenAll(
            Enumerable.Range(0, 2).Select(_ => _rig.Mirroring.SyncAsync([_rig.Alone, _rig.Tool], _rig.Mirror, MirrorRig.Stop).AsTask()));

        Assert.All(both.SelectMany(reports => reports), report => Assert.True(report.IsComplete, report.Message));
        Assert.Equal([0, 2], both.Select(reports => reports[0].Added).Order());
    }

    [Fact]
    public async Task A_mirror_that_another_synchronises_is_waited_for()
    {
        await _rig.SyncAsync(_rig.Tool);
        using FileLock held = FileLock.TryTake(Path.Combine(_rig.Mirror, ".buildcache/lock"), LockKind.Exclusive)!;
        using var stop = new CancellationTokenSource(200);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _rig.Mirroring.SyncAsync([_rig.Tool], _rig.Mirror, stop.Token).AsTask());
    }

    [Fact]
    public async Task A_file_that_changed_at_its_origin_is_kept_as_it_was_and_told_of()
    {
        SourceDeclaration tool = _rig.Tool;
        await _rig.SyncAsync(tool);
        _rig.Replace("replaced");
        SourceDeclaration wrong = tool with { Ref = "sha256:" + new string('2', 64) };

        MirroredSource same = (await _rig.SyncAsync(tool))[0];
        MirroredSource report = Assert.Single(await _rig.Mirroring.SyncAsync([wrong], _rig.Mirror, MirrorRig.Stop));

        Assert.True(same.IsComplete);
        Assert.Equal(ErrorId.ChecksumDiffers, report.Error!.Id);
        Assert.Contains(_rig.Checksum, report.Message, StringComparison.Ordinal);
        Assert.Contains(tool.Ref!, report.Message, StringComparison.Ordinal);
        Assert.True((await _rig.TestAsync(tool)).IsFetched);
    }

    [Fact]
    public async Task A_new_version_at_the_same_address_takes_the_place_of_the_old_which_is_kept()
    {
        await _rig.SyncAsync(_rig.Tool);
        string old = _rig.Checksum;
        _rig.Replace("a later tool");

        MirroredSource report = (await _rig.SyncAsync(_rig.Tool))[0];

        Assert.Equal((1, true), (report.Moved, report.IsComplete));
        Assert.Equal("the tool", File.ReadAllText(Path.Combine(_rig.Mirror, ".buildcache/kept", old["sha256:".Length..])));
        Assert.Equal("a later tool", File.ReadAllText(Path.Combine(_rig.Mirror, "pkg/sub dir/tool.bin")));
    }

    [Fact]
    public async Task A_file_without_ref_is_mirrored_and_its_checksum_told()
    {
        MirroredSource report = (await _rig.SyncAsync(_rig.Tool with { Ref = null }))[0];

        Assert.True(report.IsComplete);
        Assert.Contains(_rig.Checksum, report.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_damaged_mirror_is_found(bool ofFile)
    {
        await _rig.SyncAsync(_rig.Alone, _rig.Tool);
        string file = ofFile ? Path.Combine(_rig.Mirror, "pkg/sub dir/tool.bin") : Assert.Single(Directory.GetFiles(_rig.Mirrored, "*.pack", SearchOption.AllDirectories));
        File.SetAttributes(file, FileAttributes.Normal);
        byte[] content = File.ReadAllBytes(file);
        for (int i = content.Length / 2; i < content.Length; i++)
        {
            content[i] ^= 0x55;
        }

        File.WriteAllBytes(file, content);

        TestedSource test = await _rig.TestAsync(ofFile ? _rig.Tool : _rig.Alone);

        Assert.False(test.IsFetched);
        Assert.Equal(ofFile ? ErrorId.ChecksumDiffers : ErrorId.RefNotFound, test.Error!.Id);
        if (ofFile)
        {
            await _rig.SyncAsync(_rig.Tool);
            Assert.True((await _rig.TestAsync(_rig.Tool)).IsFetched);
        }
    }

    [Fact]
    public async Task What_the_mirror_lacks_is_said_for_each_source()
    {
        await _rig.SyncAsync(_rig.Git);
        Directory.Delete(Path.Combine(_rig.Mirror, "code/inner"), recursive: true);

        Assert.Equal(ErrorId.SourceUnavailable, (await _rig.TestAsync(_rig.Git)).Error!.Id);
        Assert.Equal(ErrorId.SourceUnavailable, (await _rig.TestAsync(_rig.Tool)).Error!.Id);
        Assert.Equal(ErrorId.InvalidRef, (await _rig.TestAsync(_rig.Git with { Ref = null })).Error!.Id);
        Assert.True((await _rig.TestAsync(_rig.Alone)).IsFetched);
    }

    [Fact]
    public async Task An_alias_that_points_elsewhere_changes_neither_key_nor_place()
    {
        await _rig.SyncAsync(_rig.Alone);
        var moved = new SourceAliases(new Dictionary<string, string> { ["code"] = new Uri(_rig.Folder.PathOf("origin")).AbsoluteUri + "/" });

        MirroredSource report = (await _rig.OnMachine("one", moved).SyncAsync([_rig.Alone], _rig.Mirror, MirrorRig.Stop))[0];

        Assert.Equal(("code/library", 0, 0, 0), (report.Path, report.Added, report.Moved, report.Deleted));
        Assert.Equal(SourceKey.Of(_rig.Alone, SourceKinds.Of(_rig.Alone)), SourceKey.Of(_rig.Alone with { Place = "elsewhere" }, SourceKinds.Of(_rig.Alone)));
        Assert.True((await _rig.TestAsync(_rig.Alone)).IsFetched);
    }

    [Fact]
    public async Task A_source_without_alias_is_kept_by_host_and_path_and_cannot_be_asked_for()
    {
        SourceDeclaration source = _rig.Alone with { Url = _rig.Aliases.Expand("code:inner"), Ref = origin.Inner };

        MirroredSource report = (await _rig.SyncAsync(source))[0];

        Assert.Equal($"_/{new Uri(source.Url).Authority.Replace(':', '+')}/inner", report.Path);
        Assert.Equal(origin.Inner, _rig.Library.In("--git-dir", Path.Combine(_rig.Mirror, report.Path), "rev-parse", "main").Trim());
        Assert.Equal(ErrorId.SourceNotMirrored, (await _rig.TestAsync(source)).Error!.Id);
    }

    [Fact]
    public async Task An_address_that_is_no_place_of_its_own_is_refused()
    {
        await _rig.SyncAsync(_rig.Alone);
        string[] addresses = ["code:../../escape", "code:a//b", "code:%2e%2e/%2e%2e/escape", "code:library/objects"];

        IReadOnlyList<MirroredSource> reports = await _rig.Mirroring.SyncAsync([.. addresses.Select(url => _rig.Alone with { Url = url })], _rig.Mirror, MirrorRig.Stop);

        Assert.All(reports, report => Assert.Equal(ErrorId.InvalidSource, report.Error!.Id));
        Assert.False(Path.Exists(_rig.Folder.PathOf("escape")));
    }

    [Fact]
    public async Task A_submodule_from_elsewhere_is_told_of()
    {
        string modules = Path.Combine(_rig.Library.Path, ".gitmodules");
        File.WriteAllText(modules, File.ReadAllText(modules).Replace("../inner", "http://127.0.0.1:1/inner", StringComparison.Ordinal));
        _rig.Advance("from elsewhere");

        IReadOnlyList<MirroredSource> reports = await _rig.Mirroring.SyncAsync([_rig.Git], _rig.Mirror, MirrorRig.Stop);

        MirroredSource told = Assert.Single(reports, report => report.Name == "library/deps/inner");
        Assert.Equal((ErrorId.SourceNotMirrored, false), (told.Error!.Id, reports[0].IsComplete));
        Assert.Equal(ErrorId.SourceNotMirrored, (await _rig.TestAsync(_rig.Git)).Error!.Id);
    }

    [Fact]
    public async Task Credentials_of_an_origin_are_not_in_the_mirror()
    {
        var aliases = new SourceAliases(new Dictionary<string, string>
        {
            ["code"] = _rig.Aliases.Expand("code:").Replace("://", "://user:hidden-secret@", StringComparison.Ordinal),
        });

        IReadOnlyList<MirroredSource> reports = await _rig.OnMachine("one", aliases).SyncAsync(
            [_rig.Alone], _rig.Mirror, MirrorRig.Stop);

        Assert.True(Assert.Single(reports).IsComplete);
        Assert.All(Directory.EnumerateFiles(_rig.Mirror, "*", SearchOption.AllDirectories), file => Assert.DoesNotContain("hidden-secret", File.ReadAllText(file), StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync() => await _rig.DisposeAsync();
}
