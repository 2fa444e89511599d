using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Stores.GitHubActions;
using BuildCache.Tests.Support;
using BuildCache.TestServers;

namespace BuildCache.Tests.Stores.GitHubActions;

/// <summary>A service, a proxy that does wrong before it, and a job that uses it through that.</summary>
public sealed class GitHubRig : IAsyncDisposable
{
    private const string Folder = "/twirp/github.actions.results.api.v1.CacheService/";
    private readonly List<GitHubActionsStore> _stores = [];

    private GitHubRig(GitHubCacheService service, FaultProxy proxy)
    {
        (Service, Proxy) = (service, proxy);
        Store = NewStore();
        Catalog = new EntryCatalog(Store);
    }

    public GitHubCacheService Service { get; }

    public FaultProxy Proxy { get; }

    public TempFolder Files { get; } = new();

    public FakeClock Clock { get; } = new();

    public GitHubActionsStore Store { get; }

    public EntryCatalog Catalog { get; }

    public static async Task<GitHubRig> StartAsync()
    {
        GitHubCacheService service = await GitHubCacheService.StartAsync();
        return new GitHubRig(service, await FaultProxy.StartAsync(service.Address));
    }

    /// <summary>The store as a process sees it that knows nothing yet.</summary>
    public GitHubActionsStore NewStore(string? token = null)
    {
        var store = new GitHubActionsStore(
            name => name == "ACTIONS_RESULTS_URL" ? Proxy.Address.AbsoluteUri : name == "ACTIONS_RUNTIME_TOKEN" ? token ?? Service.Token : null,
            Clock,
            firstPause: TimeSpan.FromMilliseconds(5));
        _stores.Add(store);
        return store;
    }

    public EntryCatalog NewCatalog() => new(NewStore());

    /// <summary>Saves one file with a text, as <c>file</c>.</summary>
    public async Task<SaveResult> SaveAsync(CacheKey key, string content, bool replace = false, EntryCatalog? catalog = null) =>
        await (catalog ?? Catalog).SaveAsync(key, [new PathToSave("file", Files.File($"source/{Guid.NewGuid():n}", content))], Rig.Details, replace);

    /// <summary>Finds and restores one file as a process does that knows nothing yet; <see langword="null"/> for a miss.</summary>
    public async Task<string?> LoadAsync(CacheKey key, IReadOnlyList<CacheKey>? restoreKeys = null, EntryCatalog? catalog = null)
    {
        string target = Files.Folder($"target/{Guid.NewGuid():n}");
        LookupResult found = await (catalog ?? NewCatalog()).FindAndRestoreAsync(key, restoreKeys, target);
        return found.Entry is null ? null : await File.ReadAllTextAsync(Path.Combine(target, "file"));
    }

    /// <summary>Saves a directory, as <c>tree</c>.</summary>
    public async Task SaveTreeAsync(CacheKey key, string directory, EntryCatalog? catalog = null) =>
        await (catalog ?? Catalog).SaveAsync(key, [new PathToSave("tree", directory)], Rig.Details);

    /// <summary>Archives of packs, of large blobs, or (for nothing) of entries, the oldest first.</summary>
    public IReadOnlyList<GitHubCacheEntry> Archives(string kind) =>
        [.. Service.Entries.Where(entry => kind.Length > 0 ? entry.Key.StartsWith($"buildcache-{kind}-", StringComparison.Ordinal) : entry.Key.Contains('#', StringComparison.Ordinal))];

    /// <summary>Turns over a byte in the middle of what the service has.</summary>
    public void Damage(GitHubCacheEntry archive)
    {
        byte[] bytes = File.ReadAllBytes(Service.DataFile(archive));
        bytes[bytes.Length / 2] ^= 0xFF;
        File.WriteAllBytes(Service.DataFile(archive), bytes);
    }

    /// <summary>How many questions of a method, and how many transfers, there were since the last time.</summary>
    public (int Create, int Finalize, int Find, int Put, int Get) TakeCounts()
    {
        IReadOnlyList<SeenRequest> seen = Proxy.Requests.ToList();
        Proxy.Requests.Clear();
        return (seen.Count(request => request.Path == $"{Folder}CreateCacheEntry"),
            seen.Count(request => request.Path == $"{Folder}FinalizeCacheEntryUpload"),
            seen.Count(request => request.Path == $"{Folder}GetCacheEntryDownloadURL"),
            seen.Count(request => request.Method == "PUT"),
            seen.Count(request => request.Method == "GET"));
    }

    public static bool IsQuestion(SeenRequest request) => request.Method == "POST";

    public static bool IsFinalize(SeenRequest request) => request.Path == $"{Folder}FinalizeCacheEntryUpload";

    public static bool IsCreate(SeenRequest request) => request.Path == $"{Folder}CreateCacheEntry";

    public static bool IsUpload(SeenRequest request) => request.Method == "PUT";

    public static bool IsDownload(SeenRequest request) => request.Method == "GET";

    public async ValueTask DisposeAsync()
    {
        foreach (GitHubActionsStore store in _stores)
        {
            await store.DisposeAsync();
        }

        await Proxy.DisposeAsync();
        await Service.DisposeAsync();
        Files.Dispose();
    }
}
