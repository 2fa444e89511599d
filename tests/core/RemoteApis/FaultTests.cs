using BuildCache.Content;
using BuildCache.RemoteApis;
using BuildCache.Tests.Support;
using BuildCache.TestServers;

namespace BuildCache.Tests.RemoteApis;

/// <summary>What is between this machine and a real server goes wrong.</summary>
public sealed class FaultTests(Casd casd) : IClassFixture<Casd>
{
    [Fact]
    public async Task Everything_works_while_one_call_in_three_is_dropped()
    {
        await using FaultProxy proxy = await ProxyAsync();
        using RemoteStorage storage = await ConnectAsync(proxy);
        proxy.Fault = Fault.DropOneIn(3);
        for (int round = 0; round < 6; round++)
        {
            byte[] large = Sample.Bytes(6_000_000, round);
            byte[] small = Sample.Bytes(1000, 1000 + round);

            Digest blob = await storage.StoreAsync(large);
            await storage.Blobs.WriteSmallAsync([Digest.Of(small)], (_, _) => ValueTask.FromResult<ReadOnlyMemory<byte>>(small));

            Assert.Empty(await storage.Blobs.FindMissingAsync([blob, Digest.Of(small)]));
            Assert.Equal(large, await storage.LoadAsync(blob));
            Assert.Equal(small, await ReadSmallAsync(storage, Digest.Of(small)));
        }

        Assert.True(proxy.FaultsApplied >= 6);
    }

    [Fact]
    public async Task A_stream_that_breaks_goes_on_where_it_broke()
    {
        await using FaultProxy proxy = await ProxyAsync();
        using RemoteStorage storage = await ConnectAsync(proxy);
        byte[] content = Sample.Bytes(30_000_000);
        Digest blob = await storage.StoreAsync(content);
        proxy.Fault = Fault.CutMiddle(9_000_000).First(3);

        byte[] read = new byte[content.Length];
        long next = 0;
        Assert.True(await storage.Blobs.ReadAsync(blob, (piece, offset) =>
        {
            Assert.Equal(next, offset);
            next += piece.Length;
            piece.CopyTo(read.AsSpan((int)offset));
        }));

        Assert.Equal(content, read);
        Assert.Equal(3, proxy.FaultsApplied);
    }

    [Fact]
    public async Task A_stream_that_never_gets_on_fails_after_four_tries()
    {
        await using FaultProxy proxy = await ProxyAsync();
        using RemoteStorage storage = await ConnectAsync(proxy);
        Digest blob = await storage.StoreAsync(Sample.Bytes(3_000_000, 1));
        proxy.Fault = Fault.CutMiddle(0);

        await Fails.WithAsync(ErrorId.StoreUnavailable, () => storage.LoadAsync(blob));
        Assert.Equal(4, proxy.FaultsApplied);
    }

    [Fact]
    public async Task Bytes_that_change_once_on_the_way_are_read_again()
    {
        await using FaultProxy proxy = await ProxyAsync();
        using RemoteStorage storage = await ConnectAsync(proxy);
        byte[] content = Sample.Bytes(3_000_000, 2);
        Digest blob = await storage.StoreAsync(content);

        proxy.Fault = Fault.Corrupt().First(1);
        Assert.Equal(content, await storage.LoadAsync(blob));
        Assert.Equal(1, proxy.FaultsApplied);

        // Every answer is changed, and so the second reading, which is in other parts, in another place: that says nothing of what is stored.
        proxy.Fault = Fault.Corrupt();
        await Fails.WithAsync(ErrorId.StoreUnavailable, () => storage.LoadAsync(blob));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(300_000)]
    public async Task An_answer_that_lacks_its_end_and_says_that_it_is_whole_is_not_believed(int missing)
    {
        await using FaultProxy proxy = await ProxyAsync();
        using RemoteStorage storage = await ConnectAsync(proxy);
        byte[] content = Sample.Bytes(3_000_000, 3);
        Digest blob = await storage.StoreAsync(content);
        Digest small = await storage.StoreAsync(Sample.Bytes(400_000, 3));

        proxy.Fault = Fault.Truncate(missing).First(1);
        Assert.Equal(content, await storage.LoadAsync(blob));

        proxy.Fault = Fault.Truncate(missing).First(1);
        Assert.Equal(Sample.Bytes(400_000, 3), await ReadSmallAsync(storage, small));

        proxy.Fault = Fault.Truncate(400_005);
        await Fails.WithAsync(ErrorId.StoreUnavailable, () => ReadSmallAsync(storage, small));
    }

    [Fact]
    public async Task Content_that_changes_on_its_way_to_the_server_is_refused_by_it()
    {
        await using FaultProxy proxy = await ProxyAsync();
        using RemoteStorage storage = await ConnectAsync(proxy);
        byte[] content = Sample.Bytes(2_000_000, 4);
        proxy.Fault = Fault.CorruptRequest();

        await Fails.WithAsync(ErrorId.StoreUnavailable, () => storage.StoreAsync(content));
        proxy.Fault = null;
        Assert.Single(await storage.Blobs.FindMissingAsync([Digest.Of(content)]));

        proxy.Fault = Fault.CorruptRequest().First(1);
        Assert.Equal(content, await storage.LoadAsync(await storage.StoreAsync(content)));
    }

    [Fact]
    public async Task An_upload_whose_answer_is_lost_is_known_to_have_been_stored()
    {
        await using FaultProxy proxy = await ProxyAsync();
        using RemoteStorage storage = await ConnectAsync(proxy);
        byte[] content = Sample.Bytes(3_000_000, 5);
        proxy.Fault = Fault.LoseAnswer.First(1);

        Assert.Equal(content, await storage.LoadAsync(await storage.StoreAsync(content)));
        Assert.Equal(1, proxy.FaultsApplied);
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(20_000_000)]
    public async Task An_upload_that_is_cut_is_stored_in_the_end(long cut)
    {
        await using var relay = new Relay(casd.Port, null, 1000, cut, cut);
        using RemoteStorage storage = await RemoteStorage.ConnectAsync(casd.Endpoint with { Port = relay.Port });
        byte[] content = Sample.Bytes(24_000_000, (int)cut);

        Assert.Equal(content, await storage.LoadAsync(await storage.StoreAsync(content)));
    }

    [Theory]
    [InlineData(401, "BC2006", 1)]
    [InlineData(403, "BC2006", 1)]
    [InlineData(404, "BC2005", 1)]
    [InlineData(429, "BC2001", 4)]
    [InlineData(500, "BC2001", 1)]
    [InlineData(503, "BC2001", 4)]
    public async Task A_refusal_is_an_error_and_tried_again_only_where_that_may_help(int status, string id, int tries)
    {
        await using FaultProxy proxy = await ProxyAsync();
        using RemoteStorage storage = await ConnectAsync(proxy);
        proxy.Fault = Fault.Status(status);

        BuildCacheException error = await Assert.ThrowsAsync<BuildCacheException>(() => storage.Blobs.FindMissingAsync([Digest.Of("any"u8)]));

        Assert.Equal(id, error.Id.Code);
        Assert.Equal(tries, proxy.FaultsApplied);
        Assert.Contains("the fault proxy says no", error.Message, StringComparison.Ordinal);
        Assert.Contains((casd.Endpoint with { Port = proxy.Address.Port }).Name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_are_tried_again_after_growing_pauses_or_after_the_one_that_the_server_asks_for()
    {
        await using FaultProxy proxy = await ProxyAsync();
        var timeOut = TimeSpan.FromSeconds(123);
        var clock = new PausingClock(timeOut);
        using RemoteStorage storage = await RemoteStorage.ConnectAsync(
            casd.Endpoint with { Port = proxy.Address.Port, Timeout = timeOut }, clock);

        proxy.Fault = Fault.Status(503);
        await Fails.WithAsync(ErrorId.StoreUnavailable, () => storage.Blobs.FindMissingAsync([Digest.Of("any"u8)]));
        Assert.Equal(3, clock.Pauses.Count);
        Assert.All(clock.Pauses, pause => Assert.InRange(pause.TotalSeconds, 0, 5));

        clock.Pauses.Clear();
        proxy.Fault = Fault.Status(429, TimeSpan.FromSeconds(3.25)).First(1);
        await storage.Blobs.FindMissingAsync([Digest.Of("any"u8)]);
        Assert.Equal([TimeSpan.FromSeconds(3.25)], clock.Pauses);

        clock.Pauses.Clear();
        proxy.Fault = Fault.Status(503, TimeSpan.FromHours(1)).First(1);
        await storage.Blobs.FindMissingAsync([Digest.Of("any"u8)]);
        Assert.Equal([TimeSpan.FromSeconds(10)], clock.Pauses);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_in_time_is_given_up()
    {
        await using FaultProxy proxy = await ProxyAsync();
        using RemoteStorage storage = await RemoteStorage.ConnectAsync(
            casd.Endpoint with { Port = proxy.Address.Port, Timeout = TimeSpan.FromMilliseconds(500) });
        Digest blob = await storage.StoreAsync(Sample.Bytes(100, 7));
        proxy.Fault = Fault.Delay(TimeSpan.FromSeconds(30)).First(1);
        Assert.Empty(await storage.Blobs.FindMissingAsync([blob]));

        proxy.Fault = Fault.Delay(TimeSpan.FromSeconds(30));
        BuildCacheException error = await Fails.WithAsync(ErrorId.StoreUnavailable, () => storage.LoadAsync(blob));
        Assert.Contains("within 0.5 s", error.Message, StringComparison.Ordinal);
        Assert.Equal(5, proxy.FaultsApplied);
    }

    private static async Task<byte[]?> ReadSmallAsync(RemoteStorage storage, Digest blob)
    {
        byte[]? read = null;
        await storage.Blobs.ReadSmallAsync([blob], (_, content, _) =>
        {
            read = content.ToArray();
            return ValueTask.CompletedTask;
        });
        return read;
    }

    private Task<FaultProxy> ProxyAsync() => FaultProxy.StartForGrpcAsync(new UriBuilder("http", "127.0.0.1", casd.Port).Uri);

    private Task<RemoteStorage> ConnectAsync(FaultProxy proxy) => RemoteStorage.ConnectAsync(casd.Endpoint with { Port = proxy.Address.Port });
}
