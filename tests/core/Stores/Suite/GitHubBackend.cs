using BuildCache.Stores;
using BuildCache.Stores.GitHubActions;
using BuildCache.TestServers;

namespace BuildCache.Tests.Stores.Suite;

/// <summary>The reference peer of GitHub's cache service.</summary>
public sealed class GitHubBackend : Backend
{
    private GitHubCacheService? _service;

    public override string? Unavailable => null;

    public override Uri? Address => _service?.Address;

    public override string Location => $"{_service!.Address} {_service.Token}";

    public override IReadOnlyList<string> Secrets => [_service!.Token, "sig="];

    public override bool ListsAll => false;

    public override bool Removes => false;

    // Archives never change, and the newest counts.
    public override bool HasOneWinner => false;

    public override CacheStore Open(Uri? proxy = null) => new GitHubActionsStore(
        name => name == "ACTIONS_RESULTS_URL" ? (proxy ?? _service!.Address).AbsoluteUri : name == "ACTIONS_RUNTIME_TOKEN" ? _service!.Token : null,
        TimeProvider.System,
        firstPause: TimeSpan.FromMilliseconds(20));

    public override Task LoseAsync(byte[] content)
    {
        foreach (GitHubCacheEntry archive in Holders(content))
        {
            _service!.Evict(archive.Key);
        }

        return Task.CompletedTask;
    }

    public override Task CorruptAsync(byte[] content)
    {
        foreach (string file in Holders(content).Select(_service!.DataFile))
        {
            File.WriteAllBytes(file, Damaged(File.ReadAllBytes(file), content));
        }

        return Task.CompletedTask;
    }

    public override Task WipeAsync()
    {
        foreach (GitHubCacheEntry archive in _service!.Entries)
        {
            _service.Evict(archive.Key);
        }

        return Task.CompletedTask;
    }

    public override async ValueTask InitializeAsync() => _service = await GitHubCacheService.StartAsync();

    public override async ValueTask DisposeAsync()
    {
        if (_service is not null)
        {
            await _service.DisposeAsync();
        }

        await base.DisposeAsync();
    }

    // A record may hold what the work printed; it is not what holds a blob.
    private List<GitHubCacheEntry> Holders(byte[] content) =>
        [.. _service!.Entries.Where(archive => archive.Key.StartsWith("buildcache-", StringComparison.Ordinal) && File.ReadAllBytes(_service.DataFile(archive)).AsSpan().IndexOf(content) >= 0)];
}

/// <inheritdoc/>
public sealed class GitHubSuite(GitHubBackend backend) : StoreSuite<GitHubBackend>(backend);

/// <inheritdoc/>
public sealed class GitHubFaultSuite(GitHubBackend backend) : FaultSuite<GitHubBackend>(backend);
