using BuildCache.Content;
using BuildCache.Stores;
using BuildCache.Tests.Support;
using BuildCache.TestServers;

namespace BuildCache.Tests.Stores.Suite;

/// <summary>buildbox-casd, over gRPC.</summary>
public sealed class CasdBackend : Backend
{
    private BuildboxCasd? _server;

    public override string? Unavailable => BuildboxCasd.Unavailable;

    public override Uri? Address => _server?.Address;

    public override string Location => UriAt(_server!.Address);

    public override bool IsGrpc => true;

    // The action cache finds keys exactly, and pointers stand at parents.
    public override bool MatchesWithinParts => false;

    public override bool ListsAll => false;

    // The action cache has no conditional update.
    public override bool HasOneWinner => false;

    // It takes what it has under a digest for good.
    public override bool ReplacesBlobs => false;

    public override CacheStore Open(Uri? proxy = null) => CacheStore.Open(UriAt(proxy ?? _server!.Address));

    public override Task LoseAsync(byte[] content)
    {
        File.Delete(FileOf(content));
        return Task.CompletedTask;
    }

    public override Task CorruptAsync(byte[] content)
    {
        Rig.Overwrite(FileOf(content), Damaged(content, content));
        return Task.CompletedTask;
    }

    public override async Task WipeAsync()
    {
        await _server!.StopAsync();
        Directory.Delete(_server.DataFolder, recursive: true);
        Directory.CreateDirectory(_server.DataFolder);
        await _server.RestartAsync();
    }

    public override async ValueTask InitializeAsync() => _server = Unavailable is null ? await BuildboxCasd.StartAsync() : null;

    public override async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        await base.DisposeAsync();
    }

    private static string UriAt(Uri address) => $"grpc://{address.Host}:{address.Port}";

    private string FileOf(byte[] content)
    {
        string hash = Digest.Of(content).Hash;
        return Directory.EnumerateFiles(_server!.DataFolder, "*", SearchOption.AllDirectories)
            .Single(file => file.Replace("/", "", StringComparison.Ordinal).EndsWith(hash, StringComparison.Ordinal));
    }
}

/// <inheritdoc/>
public sealed class CasdSuite(CasdBackend backend) : StoreSuite<CasdBackend>(backend);

/// <inheritdoc/>
public sealed class CasdFaultSuite(CasdBackend backend) : FaultSuite<CasdBackend>(backend);
