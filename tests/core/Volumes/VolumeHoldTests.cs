using BuildCache.Tests.Support;
using BuildCache.Volumes;

namespace BuildCache.Tests.Volumes;

public sealed class VolumeHoldTests : IDisposable
{
    private static readonly TimeSpan s_soon = TimeSpan.FromMilliseconds(60);
    private readonly VolumeRig _rig = new();

    [Fact]
    public async Task A_shared_volume_has_many_holders_in_one_directory()
    {
        using VolumeHold one = await _rig.HoldAsync(_rig.Get("a"));
        using VolumeHold two = await _rig.HoldAsync(_rig.Get("a"));

        Assert.Equal(one.Volumes[0].Path, two.Volumes[0].Path);
        Assert.Equal(2, _rig.Get("a").Holders.Count);
    }

    [Fact]
    public async Task A_locked_volume_has_one_holder_and_the_next_waits_its_turn()
    {
        CacheVolume volume = _rig.Get("a", VolumeSharing.Locked);
        VolumeHold one = await _rig.HoldAsync(volume);
        Task<VolumeHold> waiting = _rig.HoldAsync(volume);
        await Task.Delay(s_soon, cancellationToken: TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);

        one.Dispose();

        using VolumeHold two = await waiting;
        Assert.Single(volume.Holders);
    }

    [Fact]
    public async Task A_private_volume_gives_each_a_copy_and_a_free_one_again()
    {
        CacheVolume volume = _rig.Get("a", VolumeSharing.Private);
        Assert.Null(volume.Path);
        VolumeHold one = await _rig.HoldAsync(volume);
        using VolumeHold two = await _rig.HoldAsync(volume);
        string first = one.Volumes[0].Path!;
        Assert.NotEqual(first, two.Volumes[0].Path);
        File.WriteAllText(Path.Combine(first, "file"), "kept");

        one.Dispose();

        using VolumeHold three = await _rig.HoldAsync(volume);
        Assert.Equal(first, three.Volumes[0].Path);
        Assert.True(File.Exists(Path.Combine(first, "file")));
        Assert.Equal([0, 1], volume.Holders.Select(holder => holder.Copy!.Value).Order());
    }

    [Fact]
    public async Task Who_waits_too_long_is_told_who_holds_it()
    {
        CacheVolume volume = _rig.Get("a", VolumeSharing.Locked);
        using VolumeHold one = await _rig.HoldAsync(volume);

        BuildCacheException error = await Fails.WithAsync(ErrorId.LockTimeout,
            () => _rig.Volumes.HoldAsync([volume], s_soon, cancellationToken: TestContext.Current.CancellationToken));

        Assert.Contains($"({Environment.ProcessId})", error.Message, StringComparison.Ordinal);
        Assert.Contains("project:p a (Locked)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_several_all_are_held_or_none()
    {
        CacheVolume[] volumes = [_rig.Get("a", VolumeSharing.Locked), _rig.Get("b", VolumeSharing.Locked), _rig.Get("c", VolumeSharing.Locked)];
        // Whatever the order of their digests, the one in the way comes last for one of these.
        foreach (CacheVolume inTheWay in volumes)
        {
            using VolumeHold held = await _rig.HoldAsync(inTheWay);
            await Fails.WithAsync(ErrorId.LockTimeout, () => _rig.Volumes.HoldAsync(volumes, s_soon, cancellationToken: TestContext.Current.CancellationToken));
            foreach (CacheVolume free in volumes.Where(volume => volume != inTheWay))
            {
                (await _rig.HoldAsync(free)).Dispose();
            }
        }
    }

    [Fact]
    public async Task Waiting_is_cancelled_and_nothing_stays_held()
    {
        CacheVolume[] volumes = [_rig.Get("a", VolumeSharing.Locked), _rig.Get("b", VolumeSharing.Locked)];
        VolumeHold held = await _rig.HoldAsync(volumes[1]);
        using var cancel = new CancellationTokenSource(s_soon);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _rig.Volumes.HoldAsync(volumes, null, cancellationToken: cancel.Token));

        held.Dispose();
        (await _rig.HoldAsync(volumes)).Dispose();
        Assert.Empty(volumes[0].Holders);
    }

    [Fact]
    public async Task Two_that_want_the_same_ones_in_another_order_do_not_wait_for_each_other()
    {
        CacheVolume[] volumes = [_rig.Get("a", VolumeSharing.Locked), _rig.Get("b", VolumeSharing.Locked), _rig.Get("c", VolumeSharing.Locked)];
        await Task.WhenAll(Enumerable.Range(0, 4).Select(turn => Task.Run(async () =>
        {
            for (int i = 0; i < 20; i++)
            {
                using VolumeHold hold = await _rig.HoldAsync(turn % 2 == 0 ? volumes : [.. volumes.Reverse()]);
            }
        })));
    }

    [Fact]
    public async Task A_volume_that_is_named_twice_is_held_once()
    {
        CacheVolume volume = _rig.Get("a", VolumeSharing.Locked);
        using VolumeHold hold = await _rig.HoldAsync(volume, _rig.Get("b"), _rig.Get("a", VolumeSharing.Locked));

        Assert.Equal(3, hold.Volumes.Count);
        Assert.Equal(volume.Path, hold.Volumes[2].Path);
        Assert.Single(volume.Holders);
    }

    [Theory]
    [InlineData(VolumeSharing.Private)]
    [InlineData(VolumeSharing.Locked)]
    public async Task Who_holds_a_volume_may_say_so_again(VolumeSharing sharing)
    {
        CacheVolume volume = _rig.Get("a", sharing);
        using VolumeHold outer = await _rig.HoldAsync(volume);
        using (VolumeHold inner = await _rig.HoldAsync(_rig.Get("b"), outer.Volumes[0]))
        {
            Assert.Equal(outer.Volumes[0].Path, inner.Volumes[1].Path);
        }

        Assert.Single(volume.Holders);
        Assert.Empty(_rig.Get("b").Holders);
    }

    [Theory]
    [InlineData(VolumeSharing.Shared)]
    [InlineData(VolumeSharing.Private)]
    [InlineData(VolumeSharing.Locked)]
    public async Task What_is_held_is_not_removed(VolumeSharing sharing)
    {
        CacheVolume volume = _rig.Get("a", sharing);
        VolumeHold hold = await _rig.HoldAsync(volume);
        BuildCacheException error = Fails.With(ErrorId.VolumeInUse, () => _rig.Volumes.Remove(volume));
        Assert.Contains("held by", error.Message, StringComparison.Ordinal);

        hold.Dispose();
        hold.Dispose();

        Assert.True(_rig.Volumes.Remove(volume));
        Assert.Empty(Directory.GetFiles(Path.Combine(_rig.Volumes.Root, "locks")));
    }

    [Fact]
    public async Task A_volume_that_was_removed_since_is_made_again_to_be_held()
    {
        CacheVolume volume = _rig.Get("a", VolumeSharing.Private);
        _rig.Volumes.Remove(volume);

        using VolumeHold hold = await _rig.HoldAsync(volume);

        Assert.True(Directory.Exists(hold.Volumes[0].Path));
    }

    public void Dispose() => _rig.Dispose();
}
