using System.Diagnostics;
using BuildCache.TestServers;

namespace BuildCache.MSBuild.Tests.Remote;

/// <summary>Builds over a store on a real server: whatever happens to it, they cannot be told from builds without the cache.</summary>
/// <typeparam name="TStore">The kind of store.</typeparam>
public abstract class RemoteStoreTests<TStore>(ServedBuilds<TStore> builds) : IClassFixture<ServedBuilds<TStore>>, IAsyncLifetime
    where TStore : ServedStore, new()
{
    // A build takes a few seconds by itself. The rest is for what is tried again, and for a machine that does other things too.
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(60);

    public ValueTask InitializeAsync()
    {
        Assert.SkipUnless(builds.Store.Unavailable is null, builds.Store.Unavailable ?? "");
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void What_one_checkout_built_another_gets_with_a_near_store_and_without()
    {
        builds.Filling.Counts(hits: 0, misses: 3);
        Assert.DoesNotContain("BC2", builds.Filling.Output, StringComparison.Ordinal);
        string near = Path.Combine(builds.Checkout.Home, "near");
        foreach (BuildResult build in (BuildResult[])[builds.Build(), builds.Build(near: near), builds.Build(near: near)])
        {
            build.Counts(hits: 3, misses: 0);
            Assert.DoesNotContain("BC2", build.Output, StringComparison.Ordinal);
        }

        Assert.Equal(3, Directory.EnumerateFiles(Path.Combine(near, "entries"), "entry", SearchOption.AllDirectories).Count());
        Assert.Equal("1", SolutionTests.RunApp(builds.Checkout));
    }

    [Theory]
    [InlineData(1000, "one call in three dropped")]
    [InlineData(1001, "503")]
    [InlineData(1002, "403")]
    [InlineData(1003, "last byte of each answer changed")]
    public Task A_build_over_a_store_that_does_wrong_is_right(int ignored, string fault) => BuildThroughAsync(ignored, fault);

    private protected async Task BuildThroughAsync(int ignored, string fault)
    {
        await using FaultProxy proxy = await builds.StartProxyAsync();
        proxy.Fault = FaultOf(fault);
        var clock = Stopwatch.StartNew();
        // One compilation that the store does not have, and two that it has.
        BuildResult build = builds.Build(proxy, arguments: $"-p:Ignored={ignored}");
        TestContext.Current.SendDiagnosticMessage($"{typeof(TStore).Name}, {fault}: {clock.Elapsed.TotalSeconds:0.0} s, {build.Hits} hits, {build.Misses} misses, {proxy.FaultsApplied} faults in {proxy.Requests.Count} requests");
        Assert.True(proxy.FaultsApplied > 0);
        Assert.True(build.Misses > 0 && build.Hits + build.Misses == 3, build.Output);
        Assert.True(clock.Elapsed < s_bound, $"{clock.Elapsed}\n{build.Output}");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(6)]
    public async Task A_store_that_is_wiped_in_the_middle_of_a_build_is_no_problem(int request)
    {
        await using FaultProxy proxy = await builds.StartProxyAsync();
        int seen = 0;
        // The request waits until all is gone.
        proxy.Fault = Fault.Cut.For(_ =>
        {
            if (Interlocked.Increment(ref seen) == request)
            {
                builds.Store.RemoveAsync(oneIn: 1).Wait();
            }

            return false;
        });
        BuildResult build = builds.Build(proxy);
        Assert.True(seen >= request);
        Assert.True(build.Misses > 0 && build.Hits + build.Misses == 3, build.Output);
        Assert.DoesNotContain("BC2", build.Output, StringComparison.Ordinal);
        Refill();
    }

    [Fact]
    public async Task A_store_that_lost_half_of_its_objects_gives_misses_and_mends()
    {
        await builds.Store.LeaveUnfinishedUploadAsync();
        await builds.Store.RemoveAsync(oneIn: 2);
        BuildResult build = builds.Build();
        Assert.True(build.Misses > 0 && build.Hits + build.Misses == 3, build.Output);
        Assert.DoesNotContain("BC2", build.Output, StringComparison.Ordinal);
        Refill();
    }

    [Fact]
    public async Task What_lets_a_build_into_the_store_stands_nowhere()
    {
        await using FaultProxy proxy = await builds.StartProxyAsync();
        IReadOnlyDictionary<string, int> Look(string name, bool cached)
        {
            BuildResult build = builds.BuildLibrary(proxy, cached, "-v:diag", $"-bl:{builds.Checkout.PathOf(name)}.binlog;ProjectImports=None", $"-p:Ignored=2{name.Length}");
            Assert.Equal(cached ? 1 : 0, build.Hits + build.Misses);
            return Leaks.Count(builds.Store.Secrets, build, builds.Checkout, name + ".binlog");
        }

        // MSBuild itself may log the environment.
        IReadOnlyDictionary<string, int> without = Look("without", cached: false);
        IReadOnlyDictionary<string, int> sound = Look("sound", cached: true);
        proxy.Fault = Fault.Status(403);
        IReadOnlyDictionary<string, int> refused = Look("refused", cached: true);
        Assert.All(without, secret => Assert.True(
            sound[secret.Key] <= secret.Value && refused[secret.Key] <= secret.Value,
            $"'{secret.Key}': {secret.Value} times without the cache, {sound[secret.Key]} with it, {refused[secret.Key]} when it was refused"));
        TestContext.Current.SendDiagnosticMessage($"{typeof(TStore).Name}: {string.Join(", ", without.Values)} occurrences without, {string.Join(", ", sound.Values)} with, {string.Join(", ", refused.Values)} when refused");
    }

    private static Fault FaultOf(string name) => name switch
    {
        "one call in three dropped" => Fault.DropOneIn(3),
        "503" => Fault.Status(503),
        "403" => Fault.Status(403),
        "last byte of each answer changed" => Fault.Corrupt(),
        "cut after 200,000 bytes" => Fault.CutMiddle(200_000),
        "six seconds for an answer" => Fault.Delay(TimeSpan.FromSeconds(6)),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };

    private void Refill()
    {
        BuildResult build = builds.Build();
        Assert.DoesNotContain("BC2", build.Output, StringComparison.Ordinal);
        builds.Build().Counts(hits: 3, misses: 0);
    }
}

/// <inheritdoc/>
public sealed class S3BuildTests(ServedBuilds<ServedBucket> builds) : RemoteStoreTests<ServedBucket>(builds)
{
    // What takes half a minute, and is the tiers' business and not the protocol's, is done with one protocol.
    [Theory]
    [InlineData(1004, "cut after 200,000 bytes")]
    [InlineData(1005, "six seconds for an answer")]
    public Task A_build_over_a_store_that_is_slow_or_breaks_off_is_right(int ignored, string fault) => BuildThroughAsync(ignored, fault);
}

/// <inheritdoc/>
public sealed class RemoteExecutionBuildTests(ServedBuilds<ServedCas> builds) : RemoteStoreTests<ServedCas>(builds);

/// <inheritdoc/>
public sealed class GitHubBuildTests(ServedBuilds<ServedGitHub> builds) : RemoteStoreTests<ServedGitHub>(builds);
