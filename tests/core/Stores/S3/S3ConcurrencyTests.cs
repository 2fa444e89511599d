using System.Security.Cryptography;
using BuildCache.Entries;
using BuildCache.Stores;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Stores.S3;

public sealed class S3ConcurrencyTests(S3Servers servers)
{
    [Theory]
    [InlineData(S3Servers.Moto)]
    [InlineData(S3Servers.Radosgw)]
    public async Task Of_racing_writers_one_wins_and_the_others_see_its_entry(string server)
    {
        await using S3Rig rig = await S3Rig.StartAsync(servers, server);
        const int Writers = 8;
        BuildCache.Stores.S3.S3Store[] stores = [.. Enumerable.Range(0, Writers).Select(_ => rig.Open())];
        string[] files = [.. Enumerable.Range(0, Writers).Select(i => rig.Folder.File($"f{i}", $"{i}"))];

        SaveResult[] results = await Task.WhenAll(Enumerable.Range(0, Writers).Select(i => Task.Run(async () =>
            await new EntryCatalog(stores[i]).SaveAsync(Rig.Key("a"), [new PathToSave("f", files[i])], Rig.Details))));

        // moto answers each request in a thread of its own and looks and writes in two steps.
        Assert.InRange(results.Count(result => result.Saved), 1, server == S3Servers.Radosgw ? 1 : Writers);
        if (server == S3Servers.Radosgw)
        {
            Assert.Single(results.Select(result => result.Entry.Paths[0].Digest).Distinct());
        }

        Assert.NotNull((await rig.Catalog.FindAsync(Rig.Key("a"))).Entry);
    }

    [Theory]
    [InlineData(S3Servers.Moto)]
    [InlineData(S3Servers.Radosgw)]
    public async Task An_entry_that_was_replaced_is_not_removed_for_another(string server)
    {
        await using S3Rig rig = await S3Rig.StartAsync(servers, server);
        await rig.SaveAsync(Rig.Key("a"), [[1]]);
        IndexedEntry first = (await rig.Store.Entries.GetAsync(Rig.Key("a")))!;
        await rig.SaveAsync(Rig.Key("a"), [[2]], rig.Open(), replace: true);

        Assert.False(await rig.Store.Entries.RemoveAsync(first));
        Assert.Equal([[2]], await rig.LoadAsync(Rig.Key("a")));

        Assert.True(await rig.Store.Entries.RemoveAsync((await rig.Store.Entries.GetAsync(Rig.Key("a")))!));
        Assert.Null(await rig.LoadAsync(Rig.Key("a")));
    }

    [Fact]
    public async Task Many_small_indexes_are_merged_while_others_save()
    {
        await using S3Rig rig = await S3Rig.StartAsync(servers, S3Servers.Moto);
        BuildCache.Stores.S3.S3Store[] stores = [rig.Open(), rig.Open()];
        byte[][] contents = [.. Enumerable.Range(0, 70).Select(_ => RandomNumberGenerator.GetBytes(100))];

        await Task.WhenAll(Enumerable.Range(0, 2).Select(store => Task.Run(async () =>
        {
            for (int i = store; i < contents.Length; i += 2)
            {
                await rig.SaveAsync(Rig.Key("a", $"{i}"), [contents[i]], stores[store]);
            }
        })));

        Assert.InRange((await rig.NamesAsync("index/")).Count, 1, 20);
        rig.Proxy.Requests.Clear();
        BuildCache.Stores.S3.S3Store other = rig.Open();
        await rig.SaveAsync(Rig.Key("all"), contents, other);
        // All that is new is the tree.
        Assert.InRange((await rig.ObjectsAsync("packs/")).Max(pack => pack.Size!.Value), 1, 15_000);
        Assert.Single(rig.Proxy.Requests.ToList(), request => request.Method == "PUT" && request.Path.Contains("/packs/", StringComparison.Ordinal));
        Assert.Equal(contents, await rig.LoadAsync(Rig.Key("all"), rig.Open()));
    }
}
