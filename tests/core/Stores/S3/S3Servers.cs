using BuildCache.TestServers;

[assembly: AssemblyFixture(typeof(BuildCache.Tests.Stores.S3.S3Servers))]

namespace BuildCache.Tests.Stores.S3;

/// <summary>The S3 servers of a run of the tests: each is started by the first test that needs it.</summary>
public sealed class S3Servers : IAsyncDisposable
{
    public const string Moto = "moto";
    public const string Radosgw = "radosgw";

    private readonly Lazy<Task<RealServer>> _moto = new(async () => await TestServers.Moto.StartAsync());
    private readonly Lazy<Task<RealServer>> _radosgw = new(async () => await TestServers.Radosgw.StartAsync());

    public Task<RealServer> GetAsync(string name)
    {
        string? reason = name == Moto ? TestServers.Moto.Unavailable : TestServers.Radosgw.Unavailable;
        Assert.SkipUnless(reason is null, reason ?? "");
        return name == Moto ? _moto.Value : _radosgw.Value;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Lazy<Task<RealServer>> server in new[] { _moto, _radosgw })
        {
            if (server.IsValueCreated)
            {
                await (await server.Value).DisposeAsync();
            }
        }
    }
}
