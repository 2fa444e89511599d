using System.Net;
using System.Net.Sockets;
using System.Text;
using BuildCache.Keys;
using BuildCache.Stores.GitHubActions;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Stores.GitHubActions;

/// <summary>What answers is something else, or lies.</summary>
public sealed class GitHubUnsuitableServiceTests : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly string _address;

    public GitHubUnsuitableServiceTests()
    {
        using (var port = new TcpListener(IPAddress.Loopback, 0))
        {
            port.Start();
            _address = $"http://127.0.0.1:{((IPEndPoint)port.LocalEndpoint).Port}/";
        }

        _listener.Prefixes.Add(_address);
        _listener.Start();
    }

    [Theory]
    [InlineData(200, "text/html", "<html>sign in</html>", "StoreUnsuitable")]
    [InlineData(404, "text/plain", "no such page", "StoreUnsuitable")]
    [InlineData(404, "application/json", """{"code":"bad_route","msg":"secret"}""", "StoreUnsuitable")]
    [InlineData(302, "text/html", "", "StoreUnsuitable")]
    [InlineData(400, "application/json", """{"code":"invalid_argument","msg":"secret"}""", "StoreUnsuitable")]
    [InlineData(200, "application/json", "[]", "StoreUnsuitable")]
    [InlineData(200, "application/json", """{"ok":true}""", "StoreUnsuitable")]
    [InlineData(200, "application/json", """{"ok":true,"matched_key":"project=3ap/k#1","signed_download_url":"ftp://x/?secret"}""", "StoreUnsuitable")]
    [InlineData(200, "application/json", """{"ok":true,"matched_key":"project=3ap/other#1","signed_download_url":"http://x/?secret"}""", "StoreUnsuitable")]
    [InlineData(200, "application/json", """{"ok":tr""", "StoreUnavailable")]
    public async Task What_is_not_the_service_is_named_so(int status, string contentType, string body, string id)
    {
        Task serving = ServeAsync(status, contentType, Encoding.UTF8.GetBytes(body));
        await using GitHubActionsStore store = NewStore(_address);

        BuildCacheException error = await Assert.ThrowsAsync<BuildCacheException>(async () => await store.Entries.GetAsync(Rig.Key("k")));

        Assert.Equal(id, error.Id.Name);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_without_end_is_not_read_to_its_end()
    {
        Task serving = ServeAsync(200, "application/json", new byte[10_000_000]);
        await using GitHubActionsStore store = NewStore(_address);

        await Fails.WithAsync(ErrorId.StoreUnsuitable, async () => await store.Entries.GetAsync(Rig.Key("k")));
    }

    [Theory]
    [InlineData("no url")]
    [InlineData("ftp://host")]
    [InlineData("/relative")]
    public async Task An_address_that_is_none_is_named_so(string address)
    {
        await using GitHubActionsStore store = NewStore(address);

        await Fails.WithAsync(ErrorId.StoreUnsuitable, async () => await store.Entries.GetAsync(Rig.Key("k")));
    }

    public void Dispose() => _listener.Close();

    private static GitHubActionsStore NewStore(string address) =>
        new(name => name == "ACTIONS_RESULTS_URL" ? address : "token", TimeProvider.System, TimeSpan.FromMilliseconds(1));

    private async Task ServeAsync(int status, string contentType, byte[] body)
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context = await _listener.GetContextAsync();
            context.Response.StatusCode = status;
            context.Response.ContentType = contentType;
            try
            {
                await context.Response.OutputStream.WriteAsync(body);
                context.Response.Close();
            }
            catch (HttpListenerException)
            {
                // The client heard enough.
            }
        }
    }
}
