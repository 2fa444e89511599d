using System.Security.Cryptography;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Stores.S3;
using BuildCache.Tests.Support;
using BuildCache.TestServers;

namespace BuildCache.Tests.Stores.S3;

public sealed class S3RoundTripTests(S3Servers servers)
{
    [Theory]
    [InlineData(S3Servers.Moto)]
    [InlineData(S3Servers.Radosgw)]
    public async Task Small_and_large_files_come_back_on_another_machine(string server)
    {
        await using S3Rig rig = await S3Rig.StartAsync(servers, server);
        byte[][] files = [[], [1], RandomNumberGenerator.GetBytes(1024 * 1024), RandomNumberGenerator.GetBytes(1024 * 1024 + 1), RandomNumberGenerator.GetBytes(20_000_001), [1]];
        await rig.SaveAsync(Rig.Key("a"), files);

        Assert.Equal(files, await rig.LoadAsync(Rig.Key("a"), rig.Open()));

        Assert.Equal(2, (await rig.NamesAsync("blobs/")).Count);
        Assert.Single(await rig.NamesAsync("packs/"));
        Assert.Single(await rig.NamesAsync("index/"));
        Assert.Single(await rig.NamesAsync("entries/"));
        Assert.All(await rig.NamesAsync("packs/"), name => Assert.Equal(name, "packs/" + Digest.Of(rig.ReadAsync(name).Result).Hash));
    }

    [Theory]
    [InlineData(S3Servers.Moto)]
    [InlineData(S3Servers.Radosgw)]
    public async Task Many_small_files_take_tens_of_requests(string server)
    {
        await using S3Rig rig = await S3Rig.StartAsync(servers, server);
        byte[][] files = [.. Enumerable.Range(0, 5000).Select(i => RandomNumberGenerator.GetBytes(i % 8000))];
        await rig.SaveAsync(Rig.Key("a"), files);
        int saved = rig.Proxy.Requests.Count;
        rig.Proxy.Requests.Clear();
        await using S3Store other = rig.Open();

        Assert.Equal(files, await rig.LoadAsync(Rig.Key("a"), other));

        TestContext.Current.TestOutputHelper?.WriteLine($"{saved} to save, {rig.Proxy.Requests.Count} to find and restore");
        Assert.InRange(saved, 1, 15);
        Assert.InRange(rig.Proxy.Requests.Count, 1, 10);
        Assert.DoesNotContain(rig.Proxy.Requests.ToList(), request => request.Path.Contains("/index/", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(S3Servers.Moto)]
    [InlineData(S3Servers.Radosgw)]
    public async Task What_is_stored_already_is_not_stored_again_whoever_did(string server)
    {
        await using S3Rig rig = await S3Rig.StartAsync(servers, server);
        byte[][] files = [.. Enumerable.Range(0, 50).Select(_ => RandomNumberGenerator.GetBytes(1000)), RandomNumberGenerator.GetBytes(2_000_000)];
        await rig.SaveAsync(Rig.Key("a"), files);
        rig.Proxy.Requests.Clear();
        S3Store other = rig.Open();

        await rig.SaveAsync(Rig.Key("unrelated"), files, other);

        // The tree, since the files have other times, where it is, and the entry; none of the content.
        Assert.Equal(["packs", "index", "entries"], rig.Proxy.Requests.ToList().Where(IsWrite).Select(request => request.Path.Split('/')[4]));
        Assert.Equal(files, await rig.LoadAsync(Rig.Key("unrelated")));

        byte[] changed = [7];
        await rig.SaveAsync(Rig.Key("changed"), [.. files, changed], other);
        Assert.Equal(files.Append(changed), await rig.LoadAsync(Rig.Key("changed"), rig.Open()));
        Assert.InRange((await rig.ObjectsAsync("packs/")).Min(pack => pack.Size!.Value), 1, 10_000);
    }

    [Theory]
    [InlineData(S3Servers.Moto)]
    [InlineData(S3Servers.Radosgw)]
    public async Task A_restore_key_finds_the_newest_child(string server)
    {
        await using S3Rig rig = await S3Rig.StartAsync(servers, server);
        string tooLong = new('x', 2000);
        foreach (string[] parts in new string[][] { ["a", "entry"], ["a", "Ab/c%"], ["ä", tooLong, "1"], ["ä", tooLong, "2"], ["b"] })
        {
            await rig.SaveAsync(Rig.Key(parts), [System.Text.Encoding.UTF8.GetBytes(string.Join('|', parts))]);
            await Task.Delay(1100);
        }

        Assert.Equal("a|Ab/c%", await FindAsync("a"));
        Assert.Equal("a|entry", await FindAsync("a", "e"));
        Assert.Equal("a|Ab/c%", await FindAsync("a", "Ab/"));
        Assert.Null(await FindAsync("a", "ab/"));
        Assert.Equal($"ä|{tooLong}|2", await FindAsync("ä", "xxx"));
        Assert.Equal($"ä|{tooLong}|1", await FindAsync("ä", tooLong, "1"));
        Assert.Null(await FindAsync("ä", tooLong + "x"));

        async Task<string?> FindAsync(params string[] parts) =>
            await rig.LoadAsync(Rig.Key("none"), null, Rig.Key(parts)) is [var content] ? System.Text.Encoding.UTF8.GetString(content) : null;
    }

    [Fact]
    public async Task Five_thousand_blobs_are_validated_in_three_round_trips()
    {
        await using S3Rig rig = await S3Rig.StartAsync(servers, S3Servers.Moto);
        await rig.SaveAsync(Rig.Key("a"), Enumerable.Range(0, 5000).Select(BitConverter.GetBytes));
        rig.Proxy.Requests.Clear();

        LookupResult found = await new EntryCatalog(rig.Open()).FindAsync(Rig.Key("a"));

        Assert.NotNull(found.Entry);
        Assert.InRange(rig.Proxy.Requests.Count, 1, 3);
    }

    private static bool IsWrite(SeenRequest request) => request.Method is "PUT" or "POST";
}
