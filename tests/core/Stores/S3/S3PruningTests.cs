using System.Security.Cryptography;
using Amazon.S3.Model;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Pruning;
using BuildCache.Stores;
using BuildCache.Tests.Support;
using BuildCache.TestServers;

namespace BuildCache.Tests.Stores.S3;

public sealed class S3PruningTests(S3Servers servers)
{
    [Theory]
    [InlineData(S3Servers.Moto)]
    [InlineData(S3Servers.Radosgw)]
    public async Task What_no_entry_needs_goes_and_the_rest_stays(string server)
    {
        await using S3Rig rig = await S3Rig.StartAsync(servers, server);
        byte[][] kept = [[1], RandomNumberGenerator.GetBytes(2_000_000)];
        byte[][] dropped = [[2], RandomNumberGenerator.GetBytes(9_000_000)];
        await rig.SaveAsync(Rig.Key("kept"), kept);
        await rig.SaveAsync(Rig.Key("dropped"), dropped);
        await rig.Catalog.RemoveAsync(Rig.Key("dropped"));
        await rig.Direct.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = rig.Bucket, Key = "some/prefix/blobs/aa/never" });
        await rig.Direct.PutObjectAsync(new PutObjectRequest { BucketName = rig.Bucket, Key = "elsewhere/packs/x", ContentBody = "not ours" });

        // Nothing is older than the grace period yet.
        Assert.Equal(default, (await PruneAsync(rig, TimeSpan.Zero)).Swept);
        Assert.Equal(2, (await rig.NamesAsync("packs/")).Count);

        PruneResult pruned = await PruneAsync(rig, TimeSpan.FromHours(2));

        // The file of one byte, its tree, and the large one.
        Assert.Equal(3, pruned.Swept.Count);
        Assert.Single(await rig.NamesAsync("packs/"));
        Assert.Single(await rig.NamesAsync("index/"));
        Assert.Single(await rig.NamesAsync("blobs/"));
        Assert.Empty((await rig.Direct.ListMultipartUploadsAsync(rig.Bucket)).MultipartUploads ?? []);
        Assert.NotNull(await rig.Direct.GetObjectMetadataAsync(rig.Bucket, "elsewhere/packs/x"));
        Assert.Equal(kept, await rig.LoadAsync(Rig.Key("kept"), rig.Open()));
        Assert.Equal(3, (await rig.Store.MeasureAsync()).Count);
        Assert.Equal(default, (await PruneAsync(rig, TimeSpan.FromHours(2))).Swept);
    }

    [Fact]
    public async Task A_pack_that_no_index_knows_stays_as_long_as_an_entry_names_it()
    {
        await using S3Rig rig = await S3Rig.StartAsync(servers, S3Servers.Moto);
        await rig.SaveAsync(Rig.Key("a"), [[1]]);
        await rig.DeleteAsync((await rig.NamesAsync("index/")).Single());

        await PruneAsync(rig, TimeSpan.FromHours(2));
        Assert.Equal([[1]], await rig.LoadAsync(Rig.Key("a"), rig.Open()));

        await rig.Catalog.RemoveAsync(Rig.Key("a"));
        await PruneAsync(rig, TimeSpan.FromHours(2));
        Assert.Empty(await rig.NamesAsync(""));
    }

    [Fact]
    public async Task The_mark_of_an_entry_tells_its_last_use_wherever_the_entry_is_listed()
    {
        await using S3Rig rig = await S3Rig.StartAsync(servers, S3Servers.Moto);
        string[][] keys = [["a"], ["a", "b"], ["a.b"], ["a-b"], ["ab"], ["a", "b", "c"]];
        foreach (string[] key in keys)
        {
            await rig.SaveAsync(Rig.Key(key), [[1]]);
        }

        await Task.Delay(1100, TestContext.Current.CancellationToken);
        foreach (string name in (await rig.NamesAsync("entries/")).Where(name => !name.Contains("ab", StringComparison.Ordinal)))
        {
            await rig.WriteAsync(name.Replace("/entry", "/used", StringComparison.Ordinal), []);
        }

        List<IndexedEntry> streamed = await rig.Open().Entries.ListAllAsync().ToListAsync();

        Assert.Equal(keys.Length, streamed.Count);
        foreach (IndexedEntry entry in streamed)
        {
            Assert.Equal(entry.Key.Parts[0] != "ab", entry.LastUsed > entry.Written);
            Assert.Equal(entry.LastUsed, (await rig.Open().Entries.GetWithUseAsync(entry.Key))!.LastUsed);
        }

        List<IndexedEntry> listed = await rig.Open().Entries.ListAsync(null).ToListAsync();
        Assert.Equal(listed.Select(entry => (entry.Key, entry.LastUsed)).ToHashSet(), streamed.Select(entry => (entry.Key, entry.LastUsed)).ToHashSet());
    }

    [Theory]
    [InlineData("packs")]
    [InlineData("blobs")]
    [InlineData("index")]
    [InlineData("entries")]
    public async Task A_listing_that_fails_deletes_nothing(string listing)
    {
        await using S3Rig rig = await S3Rig.StartAsync(servers, S3Servers.Moto);
        await rig.SaveAsync(Rig.Key("a"), [[1], RandomNumberGenerator.GetBytes(2_000_000)]);
        await rig.Catalog.RemoveAsync(Rig.Key("a"));
        IReadOnlyList<string> before = await rig.NamesAsync("");
        rig.Proxy.Fault = Fault.Status(403).For(request => request.Query.Contains("list-type", StringComparison.Ordinal) && request.Query.Contains(listing, StringComparison.Ordinal));

        await Fails.WithAsync(ErrorId.StoreAccessDenied, async () => await PruneAsync(rig, TimeSpan.FromHours(2)));

        Assert.Equal(before, await rig.NamesAsync(""));
    }

    [Theory]
    [InlineData(S3Servers.Moto)]
    [InlineData(S3Servers.Radosgw)]
    public async Task Listings_and_deletions_go_on_beyond_a_thousand(string server)
    {
        await using S3Rig rig = await S3Rig.StartAsync(servers, server);
        await rig.SaveAsync(Rig.Key("a", "0"), [[1]]);
        string name = (await rig.NamesAsync("entries/")).Single();
        byte[] entry = await rig.ReadAsync(name);
        const int More = 2100;
        await Parallel.ForAsync(0, More, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
            await rig.WriteAsync($"blobs/{i % 256:x2}/{Digest.Of(BitConverter.GetBytes(i)).Hash}", [1]));
        await Parallel.ForAsync(0, 1100, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
            await rig.WriteAsync(name.Replace("+0/entry", $"+{i + 1}/entry", StringComparison.Ordinal), entry));

        Assert.Equal(More + 2, (await rig.Store.MeasureAsync()).Count);
        // Those that stand where another key belongs are no entries; the one behind them all is found.
        Assert.NotNull((await rig.Catalog.FindAsync(Rig.Key("none"), [Rig.Key("a")])).Entry);
        Assert.Equal(More, (await PruneAsync(rig, TimeSpan.FromHours(2))).Swept.Count);
        Assert.Empty(await rig.NamesAsync("blobs/"));
    }

    [Fact]
    public async Task What_a_save_relies_on_is_young_afterwards()
    {
        await using S3Rig rig = await S3Rig.StartAsync(servers, S3Servers.Radosgw);
        await rig.SaveAsync(Rig.Key("a"), [[1], RandomNumberGenerator.GetBytes(2_000_000)]);
        var bucket = new BuildCache.Stores.S3.S3Bucket(BuildCache.Stores.S3.S3Location.Parse(StoreUri.Parse($"s3://{rig.Bucket}/some/prefix?endpoint={rig.Proxy.Address}&pathStyle=true")), S3Rig.Credentials);
        foreach (string name in (await rig.NamesAsync("packs/")).Concat(await rig.NamesAsync("blobs/")))
        {
            DateTime before = (await rig.Direct.GetObjectMetadataAsync(rig.Bucket, "some/prefix/" + name)).LastModified!.Value;
            byte[] content = await rig.ReadAsync(name);
            await Task.Delay(1100);
            Assert.True(await bucket.TouchAsync(name, default));
            Assert.True((await rig.Direct.GetObjectMetadataAsync(rig.Bucket, "some/prefix/" + name)).LastModified > before);
            Assert.Equal(content, await rig.ReadAsync(name));
        }

        Assert.False(await bucket.TouchAsync("packs/none", default));
        bucket.Dispose();
    }

    private static ValueTask<PruneResult> PruneAsync(S3Rig rig, TimeSpan later) =>
        new EntryPruner(rig.Open(), new FakeClock(later)).PruneAsync(new PrunePolicy());
}
