using BuildCache.Benchmarks.Measurement;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Stores;
using BuildCache.TestServers;

namespace BuildCache.Benchmarks.Remote;

/// <summary>Counts what a lookup asks of a server.</summary>
internal static class LookupTrips
{
    private const int Files = 5000;
    private static readonly CacheKey s_key = CacheKey.Create(CacheScope.Global, ["benchmark", "trips"]);

    /// <summary>Counts and prints a table.</summary>
    public static async Task MeasureAsync(RemoteBenchmark.Servers servers, string? scratchParent)
    {
        using var scratch = new ScratchDirectory(scratchParent);
        Directory.CreateDirectory(scratch["tree"]);
        for (int i = 0; i < Files; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(scratch["tree"], $"{i}"), $"file {i} of the lookup benchmark");
        }

        var table = new MarkdownTable("store", "requests of a lookup with validation", "of these, what they were");
        foreach ((string name, FaultProxy proxy, string uri) in ((string, FaultProxy, string)[])
        [
            await BehindAsync("S3", FaultProxy.StartAsync(servers.S3), address => RemoteBenchmark.Servers.S3UriAt(address, "trips")),
            await BehindAsync("REAPI", FaultProxy.StartForGrpcAsync(servers.Reapi), RemoteBenchmark.Servers.ReapiUriAt),
        ])
        {
            await using (proxy)
            {
                await using (CacheStore store = CacheStore.Open(uri))
                {
                    await new EntryCatalog(store).SaveAsync(s_key, [new PathToSave("tree", scratch["tree"])], new EntryDetails("BuildCache.Benchmarks"));
                }

                proxy.Requests.Clear();
                await using (CacheStore store = CacheStore.Open(uri))
                {
                    LookupResult found = await new EntryCatalog(store).FindAsync(s_key);
                    if (found.Match != LookupMatch.Exact)
                    {
                        throw new InvalidOperationException("The entry that was just saved was not found.");
                    }
                }

                IReadOnlyList<SeenRequest> seen = proxy.Requests.ToList();
                table.Add(name, $"{seen.Count}", string.Join(", ", seen.Select(Kind)));
            }
        }

        Console.WriteLine($"### Lookup of an entry of {Files:N0} blobs\n\n{table}\n");
    }

    private static async Task<(string Name, FaultProxy Proxy, string Uri)> BehindAsync(string name, Task<FaultProxy> starting, Func<Uri, string> uri)
    {
        FaultProxy proxy = await starting;
        return (name, proxy, uri(proxy.Address));
    }

    internal static string Kind(SeenRequest request)
    {
        string[] parts = request.Path.Split('/');
        return request.Path.Contains('.', StringComparison.Ordinal) ? parts[^1]
            : $"{request.Method} {parts.FirstOrDefault(part => part is "entries" or "packs" or "blobs" or "index") ?? "list"}";
    }
}
