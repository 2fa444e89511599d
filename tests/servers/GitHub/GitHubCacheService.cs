using BuildCache.TestServers.GitHub;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace BuildCache.TestServers;

/// <summary>
/// A peer of GitHub's cache service v2, written from its documented messages: Twirp in JSON for the entries,
/// signed URLs with the manners of Azure's block blobs for their data. It knows one scope. Behind a
/// <see cref="FaultProxy"/> its signed URLs name the proxy, so that faults meet the transfers too.
/// </summary>
public sealed class GitHubCacheService : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("buildcache-server-").FullName;
    private readonly EntryTable _entries = new();
    private readonly SignedUrls _urls = new();
    private readonly BlobFolder _blobs;
    private readonly CacheMethods _methods;
    private readonly BlobRequests _blobRequests;
    private WebApplication? _application;

    private GitHubCacheService()
    {
        _blobs = new BlobFolder(_folder);
        _methods = new CacheMethods(_entries, _blobs, _urls, Token);
        _blobRequests = new BlobRequests(_blobs, _urls);
    }

    /// <summary>What a runner has in <c>ACTIONS_RESULTS_URL</c>.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1");

    /// <summary>What a runner has in <c>ACTIONS_RUNTIME_TOKEN</c>.</summary>
    public string Token { get; } = Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16));

    /// <summary>Every request, those for entries and those for data.</summary>
    public RequestLog Requests { get; } = new();

    /// <summary>The entries, oldest first; also those whose upload is not finished.</summary>
    public IReadOnlyList<GitHubCacheEntry> Entries => _entries.ToList();

    /// <summary>Starts an empty one.</summary>
    public static async Task<GitHubCacheService> StartAsync(CancellationToken cancellationToken = default)
    {
        var service = new GitHubCacheService();
        service._application = await LoopbackHost.StartAsync(HttpProtocols.Http1, tls: null, service.HandleAsync, cancellationToken);
        service.Address = LoopbackHost.AddressOf(service._application);
        return service;
    }

    /// <summary>Removes the entries of a key in all versions with their data, finished or not, as GitHub does when space is short.</summary>
    /// <returns>How many there were.</returns>
    public int Evict(string key)
    {
        IReadOnlyList<GitHubCacheEntry> removed = _entries.Remove(key);
        foreach (GitHubCacheEntry entry in removed)
        {
            _urls.Withdraw((blob, write) => write && blob == entry.Id);
            _blobs.Delete(entry.Id);
        }

        return removed.Count;
    }

    /// <summary>Removes the data of a key's entries and leaves the entries: they are found, and their download is not.</summary>
    public void DeleteData(string key)
    {
        foreach (GitHubCacheEntry entry in Entries.Where(entry => entry.Key == key))
        {
            _blobs.Delete(entry.Id);
        }
    }

    /// <summary>The file with an entry's data, to damage it.</summary>
    public string DataFile(GitHubCacheEntry entry) => _blobs.DataOf(entry.Id);

    /// <summary>Every signed URL given until now is refused from now on.</summary>
    public void ExpireSignatures() => _urls.Withdraw((_, _) => true);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_application is not null)
        {
            await LoopbackHost.StopAsync(_application);
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task HandleAsync(HttpContext context)
    {
        Requests.Add(SeenRequest.From(context.Request.Method, context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget));
        try
        {
            if (context.Request.Path.Value!.StartsWith(CacheMethods.Folder, StringComparison.Ordinal))
            {
                await _methods.HandleAsync(context);
            }
            else if (context.Request.Path.Value.StartsWith(SignedUrls.Folder, StringComparison.Ordinal))
            {
                await _blobRequests.HandleAsync(context);
            }
            else
            {
                context.Response.StatusCode = 404;
            }
        }
        catch (Exception broken) when (broken is OperationCanceledException or IOException)
        {
            // The client went away, or a test took the data away under a reader.
            context.Abort();
        }
    }
}
