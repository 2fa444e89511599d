using System.Security.Cryptography;
using Amazon.Runtime;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Stores;
using BuildCache.Stores.S3;
using BuildCache.Tests.Support;
using BuildCache.TestServers;

namespace BuildCache.Tests.Stores.S3;

public sealed class S3FaultTests(S3Servers servers)
{
    private static readonly byte[][] s_files = [[1], [], RandomNumberGenerator.GetBytes(5000), RandomNumberGenerator.GetBytes(3_000_000), RandomNumberGenerator.GetBytes(17_000_000)];

    public static TheoryData<string, Fault, ErrorId> Lasting => new()
    {
        { "403", Fault.Status(403), ErrorId.StoreAccessDenied },
        { "500", Fault.Status(500), ErrorId.StoreUnavailable },
        { "cut", Fault.Cut, ErrorId.StoreUnavailable },
        { "cut in the middle", Fault.CutMiddle(10).For(IsGet), ErrorId.StoreUnavailable },
    };

    [Theory]
    [MemberData(nameof(Lasting))]
    public async Task What_lasts_is_an_error_and_purges_nothing(string what, Fault fault, ErrorId id)
    {
        Assert.NotEmpty(what);
        await using S3Rig rig = await S3Rig.StartAsync(servers, S3Servers.Moto);
        CacheEntry entry = await rig.SaveAsync(Rig.Key("a"), s_files);
        rig.Proxy.Fault = fault;

        await Fails.WithAsync(id, async () => await rig.Open().Entries.GetAsync(Rig.Key("a")));
        await Fails.WithAsync(id, async () => await rig.Open().Entries.ListAsync(Rig.Key("a")).ToListAsync());
        await Fails.WithAsync(id, async () => await rig.Open().Entries.ListAsync(null).ToListAsync());
        if (what != "cut in the middle")
        {
            await Fails.WithAsync(id, async () => await rig.Open().Blobs.FindMissingAsync([entry.Paths[0].Tree!.Value]));
        }

        rig.Proxy.Fault = null;
        Assert.Equal(s_files, await rig.LoadAsync(Rig.Key("a")));
    }

    [Fact]
    public async Task A_lost_answer_to_the_last_write_does_not_make_somebody_else_of_oneself()
    {
        await using S3Rig rig = await S3Rig.StartAsync(servers, S3Servers.Radosgw);
        rig.Proxy.Fault = Fault.LoseAnswer.For(request => request.Method == "PUT" && request.Path.EndsWith("/entry", StringComparison.Ordinal)).First(1);
        string file = rig.Folder.File("f", "x");

        Assert.True((await rig.Catalog.SaveAsync(Rig.Key("a"), [new PathToSave("f", file)], Rig.Details)).Saved);

        Assert.Equal(1, rig.Proxy.FaultsApplied);
    }

    [Fact]
    public async Task A_damaged_blob_is_not_restored_and_the_next_save_stores_it_anew()
    {
        await using S3Rig rig = await S3Rig.StartAsync(servers, S3Servers.Moto);
        await rig.SaveAsync(Rig.Key("a"), s_files);
        foreach (string name in (await rig.NamesAsync("")).Where(name => name.StartsWith("blobs", StringComparison.Ordinal) || name.StartsWith("packs", StringComparison.Ordinal)))
        {
            byte[] content = await rig.ReadAsync(name);
            content[^1] ^= 1;
            await rig.WriteAsync(name, content);
        }

        Assert.Null(await rig.LoadAsync(Rig.Key("a"), rig.Open()));

        S3Store other = rig.Open();
        await rig.SaveAsync(Rig.Key("a"), s_files, other);
        // One is found out at a time, whichever is read first.
        for (int i = 0; i < 3 && await rig.LoadAsync(Rig.Key("a"), rig.Open()) is null; i++)
        {
            await rig.SaveAsync(Rig.Key("a"), s_files, rig.Open());
        }

        Assert.Equal(s_files, await rig.LoadAsync(Rig.Key("a"), rig.Open()));
    }

    [Theory]
    [InlineData("packs/")]
    [InlineData("blobs/")]
    public async Task What_a_rule_of_the_bucket_removed_makes_an_entry_stale_and_an_older_one_serves(string lost)
    {
        await using S3Rig rig = await S3Rig.StartAsync(servers, S3Servers.Moto);
        byte[][] older = [[1, 2, 3]];
        await rig.SaveAsync(Rig.Key("a", "old"), older);
        IReadOnlyList<string> before = await rig.NamesAsync(lost);
        await Task.Delay(1100);
        await rig.SaveAsync(Rig.Key("a", "new"), s_files, rig.Open());
        foreach (string name in (await rig.NamesAsync(lost)).Except(before))
        {
            await rig.DeleteAsync(name);
        }

        Assert.Equal(older, await rig.LoadAsync(Rig.Key("a", "new"), rig.Open(), Rig.Key("a")));
        Assert.Single(await rig.NamesAsync("entries/"));

        await rig.SaveAsync(Rig.Key("a", "new"), s_files, rig.Open());
        Assert.Equal(s_files, await rig.LoadAsync(Rig.Key("a", "new"), rig.Open()));
    }

    [Fact]
    public async Task An_upload_that_is_cancelled_leaves_nothing_to_see()
    {
        await using S3Rig rig = await S3Rig.StartAsync(servers, S3Servers.Moto);
        rig.Proxy.Fault = Fault.Status(403).For(request => request.Query.Contains("partNumber=2", StringComparison.Ordinal));

        await Fails.WithAsync(ErrorId.StoreAccessDenied, async () => await rig.SaveAsync(Rig.Key("a"), s_files));

        Assert.DoesNotContain(await rig.NamesAsync("blobs/"), name => name.EndsWith(Digest.Of(s_files[4]).Hash, StringComparison.Ordinal));
        Assert.Empty(await rig.NamesAsync("entries/"));
        Assert.Empty((await rig.Direct.ListMultipartUploadsAsync(rig.Bucket)).MultipartUploads ?? []);
        rig.Proxy.Fault = null;
        await rig.SaveAsync(Rig.Key("a"), s_files);
        Assert.Equal(s_files, await rig.LoadAsync(Rig.Key("a")));
    }

    [Fact]
    public async Task Wrong_buckets_and_credentials_are_named_as_such_without_what_is_secret()
    {
        await using S3Rig rig = await S3Rig.StartAsync(servers, S3Servers.Radosgw);
        var stranger = new BasicAWSCredentials("AKIDSTRANGER", "secretstranger");
        var forger = new BasicAWSCredentials(Radosgw.AccessKey, "secretstranger");

        foreach ((S3Store store, ErrorId id) in new[]
        {
            (rig.Open("no-such-bucket"), ErrorId.StoreNotFound),
            (rig.Open(credentials: stranger), ErrorId.StoreAccessDenied),
            (rig.Open(credentials: forger), ErrorId.StoreAccessDenied),
        })
        {
            foreach (Func<Task> ask in new Func<Task>[]
            {
                async () => await store.Entries.GetAsync(Rig.Key("a")),
                async () => await store.Entries.ListAsync(Rig.Key("a")).ToListAsync(),
                async () => await rig.SaveAsync(Rig.Key("a"), s_files, store),
                async () => await store.MeasureAsync(),
            })
            {
                BuildCacheException error = await Assert.ThrowsAsync<BuildCacheException>(ask);
                Assert.Equal(id, error.Id);
                Assert.DoesNotContain("stranger", error.ToString(), StringComparison.OrdinalIgnoreCase);
                Assert.DoesNotContain(Radosgw.AccessKey, error.ToString(), StringComparison.OrdinalIgnoreCase);
            }
        }
    }

    [Fact]
    public async Task Nobody_at_the_endpoint_is_a_store_that_is_away()
    {
        await using S3Rig rig = await S3Rig.StartAsync(servers, S3Servers.Moto);
        await rig.Proxy.DisposeAsync();

        BuildCacheException error = await Assert.ThrowsAsync<BuildCacheException>(async () => await rig.Store.Entries.GetAsync(Rig.Key("a")));

        Assert.Equal(ErrorId.StoreUnavailable, error.Id);
        Assert.Contains("127.0.0.1", error.Message, StringComparison.Ordinal);
    }

    private static bool IsGet(SeenRequest request) => request.Method == "GET";
}
