using System.Security.Cryptography;
using BuildCache.TestServers;

namespace BuildCache.MSBuild.Tests.Remote;

/// <summary>buildbox-casd, to which a token is sent that it does not ask for.</summary>
public sealed class ServedCas : ServedStore
{
    private readonly string _token = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
    private BuildboxCasd? _server;

    public override string? Unavailable => BuildboxCasd.Unavailable;

    public override Uri Address => _server!.Address;

    public override bool IsGrpc => true;

    public override IReadOnlyList<string> Secrets => [_token];

    public override string SettingAt(Uri address) => $"grpc://{address.Host}:{address.Port}";

    public override IReadOnlyDictionary<string, string> VariablesAt(Uri address) => new Dictionary<string, string> { ["BUILDCACHE_TOKEN"] = _token };

    public override async Task StartAsync() => _server = await BuildboxCasd.StartAsync();

    public override Task RemoveAsync(int oneIn)
    {
        foreach (string file in OneIn(oneIn, Directory.EnumerateFiles(Path.Combine(_server!.DataFolder, "cas"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)))
        {
            File.Delete(file);
        }

        return Task.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        await base.DisposeAsync();
    }
}
