using BuildCache.TestServers;

namespace BuildCache.MSBuild.Tests.Remote;

/// <summary>The reference peer of GitHub's cache service.</summary>
public sealed class ServedGitHub : ServedStore
{
    private GitHubCacheService? _service;

    public override string? Unavailable => null;

    public override Uri Address => _service!.Address;

    public override IReadOnlyList<string> Secrets => [_service!.Token, "sig="];

    public override string SettingAt(Uri address) => "gha:";

    public override IReadOnlyDictionary<string, string> VariablesAt(Uri address) =>
        new Dictionary<string, string> { ["ACTIONS_RESULTS_URL"] = address.AbsoluteUri, ["ACTIONS_RUNTIME_TOKEN"] = _service!.Token };

    public override async Task StartAsync() => _service = await GitHubCacheService.StartAsync();

    public override Task RemoveAsync(int oneIn)
    {
        foreach (GitHubCacheEntry archive in OneIn(oneIn, _service!.Entries))
        {
            _service.Evict(archive.Key);
        }

        return Task.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        if (_service is not null)
        {
            await _service.DisposeAsync();
        }

        await base.DisposeAsync();
    }
}
