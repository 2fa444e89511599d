using System.Text.RegularExpressions;
using Amazon.Runtime;
using Amazon.S3.Model;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Stores;
using BuildCache.Stores.S3;
using BuildCache.Stores.Tiered;
using BuildCache.Tests.Stores.S3;
using BuildCache.Tests.Support;
using BuildCache.TestServers;

namespace BuildCache.Tests.Trust;

/// <summary>The policy of <c>docs/pipelines.md</c> on a server that enforces it: a pull request reads what main has and cannot change it.</summary>
public sealed partial class PipelinePolicyTests(S3Servers servers)
{
    private static readonly CacheKey s_key = Rig.Key("app", "inputs of the next build");

    private static string Docs => File.ReadAllText(Path.Combine(Checkout.Root, "docs", "pipelines.md"));

    [Fact]
    public async Task A_pull_request_reads_what_main_saved_writes_its_own_and_changes_nothing_of_main()
    {
        await using S3Rig rig = await StartAsync();
        S3Store main = rig.Open(prefix: "/main"), mainsSeenByOther = rig.Open(credentials: Other, prefix: "/main"), own = rig.Open(credentials: Other, prefix: "/pull-requests/7");
        await rig.SaveAsync(s_key, ["clean"u8.ToArray()], main);
        CacheKey next = Rig.Key("app", "another");

        // As the recipe has it: its own store near, main's far and only read.
        var tiers = new TieredStore([new StoreTier(own, IsReadOnly: false), new StoreTier(mainsSeenByOther, IsReadOnly: true)]);
        Assert.Equal("clean"u8.ToArray(), Assert.Single((await rig.LoadAsync(s_key, tiers))!));
        await rig.SaveAsync(next, ["of the pull request"u8.ToArray()], tiers);
        Assert.Equal("of the pull request"u8.ToArray(), Assert.Single((await rig.LoadAsync(next, tiers))!));

        Assert.Null(await rig.LoadAsync(next, main));
        Assert.Equal("clean"u8.ToArray(), Assert.Single((await rig.LoadAsync(s_key, main))!));
    }

    [Fact]
    public async Task A_pull_request_that_tries_to_poison_or_to_remove_what_main_has_is_refused()
    {
        await using S3Rig rig = await StartAsync();
        S3Store main = rig.Open(prefix: "/main"), poisoned = rig.Open(credentials: Other, prefix: "/main");
        CacheKey taken = Rig.Key("app", "taken");
        await rig.SaveAsync(taken, ["clean"u8.ToArray()], main);

        await Fails.WithAsync(ErrorId.StoreAccessDenied, async () => await rig.SaveAsync(s_key, ["poison"u8.ToArray()], poisoned));
        await Fails.WithAsync(ErrorId.StoreAccessDenied, async () => await rig.SaveAsync(taken, ["poison"u8.ToArray()], poisoned, replace: true));
        await Fails.WithAsync(ErrorId.StoreAccessDenied, async () => await new EntryCatalog(poisoned).RemoveAsync(taken));

        Assert.Null(await rig.LoadAsync(s_key, main));
        Assert.Equal("clean"u8.ToArray(), Assert.Single((await rig.LoadAsync(taken, main))!));
    }

    [Fact]
    public async Task Who_has_no_credentials_reads_nothing()
    {
        await using S3Rig rig = await StartAsync();
        await rig.SaveAsync(s_key, ["clean"u8.ToArray()], rig.Open(prefix: "/main"));

        await Fails.WithAsync(ErrorId.StoreAccessDenied, async () => await rig.LoadAsync(s_key, rig.Open(credentials: new AnonymousAWSCredentials(), prefix: "/main")));
    }

    private static BasicAWSCredentials Other => new(Radosgw.OtherAccessKey, Radosgw.OtherSecretKey);

    private async Task<S3Rig> StartAsync()
    {
        S3Rig rig = await S3Rig.StartAsync(servers, S3Servers.Radosgw);
        string policy = Policy().Match(Docs).Groups[1].Value;
        await rig.Direct.PutBucketPolicyAsync(new PutBucketPolicyRequest
        {
            BucketName = rig.Bucket,
            Policy = policy.Replace("arn:aws:iam::111122223333:role/cache-pull-request", "arn:aws:iam:::user/" + Radosgw.OtherUser, StringComparison.Ordinal)
                .Replace("team-cache", rig.Bucket, StringComparison.Ordinal),
        });
        return rig;
    }

    [GeneratedRegex("```json\n(\\{\n  \"Version\".*?)```", RegexOptions.Singleline)]
    private static partial Regex Policy();
}
