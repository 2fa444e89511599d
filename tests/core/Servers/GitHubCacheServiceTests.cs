using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using BuildCache.TestServers;

namespace BuildCache.Tests.Servers;

public sealed class GitHubCacheServiceTests : IAsyncLifetime
{
    private static readonly string s_version = new('a', 64);
    private readonly HttpClient _client = new();
    private GitHubCacheService _service = null!;

    public async ValueTask InitializeAsync()
    {
        _service = await GitHubCacheService.StartAsync();
        _client.BaseAddress = _service.Address;
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _service.Token);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _service.DisposeAsync();
    }

    [Fact]
    public async Task An_entry_in_blocks_is_seen_when_it_is_finished()
    {
        string url = await CreateAsync("key");
        Assert.Equal(201, await PutAsync(url + "&comp=block&blockid=" + Block("00"), "hello "));
        Assert.Equal(201, await PutAsync(url + "&comp=block&blockid=" + Block("01"), "world"));
        Assert.Equal(400, await PutAsync(url + "&comp=block&blockid=" + Block("002"), "x"));
        Assert.Equal(400, await PutAsync(url + "&comp=blocklist", $"<BlockList><Latest>{Base64("07")}</Latest></BlockList>"));
        Assert.Equal(412, (await CallAsync("FinalizeCacheEntryUpload", new { key = "key", version = s_version, size_bytes = "11" })).Status);
        Assert.Equal(201, await PutAsync(url + "&comp=blocklist", $"<BlockList><Latest>{Base64("00")}</Latest><Latest>{Base64("01")}</Latest></BlockList>"));
        Assert.Null(await FindAsync("key"));

        Assert.Equal(200, (await CallAsync("FinalizeCacheEntryUpload", new { key = "key", version = s_version, size_bytes = "11" })).Status);

        string download = (await FindAsync("key"))!["signed_download_url"]!.GetValue<string>();
        Assert.Equal("hello world", await _client.GetStringAsync(download));
        using var range = new HttpRequestMessage(HttpMethod.Get, download) { Headers = { Range = new RangeHeaderValue(6, 8) } };
        using HttpResponseMessage part = await _client.SendAsync(range);
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal("wor", await part.Content.ReadAsStringAsync());
        using HttpResponseMessage head = await _client.SendAsync(new HttpRequestMessage(HttpMethod.Head, download));
        Assert.Equal(11, head.Content.Headers.ContentLength);

        Assert.Equal(403, await PutAsync(url + "&comp=block&blockid=" + Block("00"), "late"));
        Assert.Equal(409, (await CallAsync("CreateCacheEntry", new { key = "key", version = s_version })).Status);
    }

    [Fact]
    public async Task The_exact_key_wins_then_prefixes_in_order_then_the_newest()
    {
        foreach (string key in new[] { "a-1", "a-12", "a-13", "b-1", "A-2", "a%1" })
        {
            await SaveAsync(key, key);
        }

        Assert.Equal("a-1", (await FindAsync("a-1"))!["matched_key"]!.GetValue<string>());
        Assert.Equal("a-13", (await FindAsync("a-"))!["matched_key"]!.GetValue<string>());
        Assert.Equal("b-1", (await FindAsync("c", "B", "b", "a"))!["matched_key"]!.GetValue<string>());
        Assert.Null(await FindAsync("a_"));
        Assert.Equal("a-13", (await FindAsync("x", "a-1"))!["matched_key"]!.GetValue<string>());
    }

    [Fact]
    public async Task What_is_outside_the_limits_is_refused()
    {
        Assert.Equal(200, (await CallAsync("CreateCacheEntry", new { key = new string('k', 512), version = s_version })).Status);
        Assert.Equal(400, (await CallAsync("CreateCacheEntry", new { key = new string('k', 513), version = s_version })).Status);
        Assert.Equal(400, (await CallAsync("CreateCacheEntry", new { key = "a,b", version = s_version })).Status);
        Assert.Equal(400, (await CallAsync("CreateCacheEntry", new { key = "a", version = s_version + "\n" })).Status);
        Assert.Equal(400, (await CallAsync("GetCacheEntryDownloadURL", new { key = "a", restore_keys = Enumerable.Repeat("r", 10), version = s_version })).Status);
        _client.DefaultRequestHeaders.Authorization = null;
        Assert.Equal(401, (await CallAsync("CreateCacheEntry", new { key = "a", version = s_version })).Status);
    }

    [Fact]
    public async Task Data_and_signatures_go_when_a_test_says_so()
    {
        await SaveAsync("key", "data");
        string before = (await FindAsync("key"))!["signed_download_url"]!.GetValue<string>();
        _service.ExpireSignatures();
        Assert.Equal(HttpStatusCode.Forbidden, (await _client.GetAsync(before)).StatusCode);

        _service.DeleteData("key");
        string after = (await FindAsync("key"))!["signed_download_url"]!.GetValue<string>();
        Assert.Equal(HttpStatusCode.NotFound, (await _client.GetAsync(after)).StatusCode);

        Assert.Equal(1, _service.Evict("key"));
        Assert.Null(await FindAsync("key"));
        Assert.Empty(_service.Entries);
    }

    [Fact]
    public async Task Behind_a_proxy_the_signed_urls_pass_the_proxy()
    {
        await SaveAsync("key", "data");
        await using FaultProxy proxy = await FaultProxy.StartAsync(_service.Address);
        using var client = new HttpClient { BaseAddress = proxy.Address };
        client.DefaultRequestHeaders.Authorization = _client.DefaultRequestHeaders.Authorization;
        JsonObject found = (await CallAsync("GetCacheEntryDownloadURL", new { key = "key", restore_keys = Array.Empty<string>(), version = s_version }, client)).Answer;
        Assert.Equal("data", await client.GetStringAsync(found["signed_download_url"]!.GetValue<string>()));
        Assert.Equal(2, proxy.Requests.Count);
    }

    private static string Base64(string id) => Convert.ToBase64String(Encoding.UTF8.GetBytes(id));

    private static string Block(string id) => Uri.EscapeDataString(Base64(id));

    private async Task SaveAsync(string key, string data)
    {
        string url = await CreateAsync(key);
        Assert.Equal(201, await PutAsync(url, data));
        Assert.Equal(200, (await CallAsync("FinalizeCacheEntryUpload", new { key, version = s_version, size_bytes = data.Length })).Status);
    }

    private async Task<string> CreateAsync(string key) =>
        (await CallAsync("CreateCacheEntry", new { key, version = s_version })).Answer["signed_upload_url"]!.GetValue<string>();

    private async Task<JsonObject?> FindAsync(string key, params string[] restoreKeys)
    {
        (int status, JsonObject answer) = await CallAsync("GetCacheEntryDownloadURL", new { key, restore_keys = restoreKeys, version = s_version });
        Assert.Equal(200, status);
        return answer["ok"]!.GetValue<bool>() ? answer : null;
    }

    private async Task<(int Status, JsonObject Answer)> CallAsync(string method, object message, HttpClient? client = null)
    {
        using HttpResponseMessage response = await (client ?? _client).PostAsJsonAsync("/twirp/github.actions.results.api.v1.CacheService/" + method, message);
        return ((int)response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonObject>())!);
    }

    private async Task<int> PutAsync(string url, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, url) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Headers.Add("x-ms-blob-type", "BlockBlob");
        using HttpResponseMessage response = await _client.SendAsync(request);
        return (int)response.StatusCode;
    }
}
