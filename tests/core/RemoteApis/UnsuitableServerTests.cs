using BuildCache.Content.Wire;
using BuildCache.RemoteApis;
using BuildCache.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace BuildCache.Tests.RemoteApis;

/// <summary>What answers is not what is needed: each case is named.</summary>
public sealed class UnsuitableServerTests(Casd casd) : IClassFixture<Casd>
{
    [Fact]
    public async Task A_server_that_keeps_no_content() =>
        await RefusedAsync(ErrorId.StoreUnsuitable, "no content-addressed storage", new ServerCapabilities());

    [Fact]
    public async Task A_server_of_another_digest_function()
    {
        var sha1 = new CacheCapabilities { DigestFunctions = { DigestFunction.Types.Value.Sha1, DigestFunction.Types.Value.Blake3 } };
        await RefusedAsync(ErrorId.StoreUnsuitable, "SHA-256 (its digest functions: Sha1, Blake3)", new ServerCapabilities { CacheCapabilities = sha1 });
    }

    [Fact]
    public async Task A_server_of_another_version() => await RefusedAsync(ErrorId.StoreUnsuitable, "versions 3 to 4",
        new ServerCapabilities { LowApiVersion = new SemVer { Major = 3 }, HighApiVersion = new SemVer { Major = 4 } });

    [Fact]
    public async Task A_gRPC_server_of_another_API() => await RefusedAsync(ErrorId.StoreUnsuitable, "does not speak the Remote Execution API",
        (_, context) => ScriptedServer.RefuseAsync(context, GrpcStatusCode.Unimplemented));

    [Fact]
    public async Task A_web_server()
    {
        await RefusedAsync(ErrorId.StoreUnsuitable, "no gRPC server (HTTP status 404)", (_, context) =>
        {
            context.Response.StatusCode = 404;
            return Task.CompletedTask;
        });
        await RefusedAsync(ErrorId.StoreUnsuitable, "no gRPC server (it sent text/html)", (_, context) =>
        {
            context.Response.ContentType = "text/html; charset=utf-8";
            return context.Response.WriteAsync("<html></html>");
        });
    }

    [Fact]
    public async Task A_web_server_that_knows_no_HTTP2() =>
        await RefusedAsync(ErrorId.StoreUnsuitable, "speaks no HTTP/2", (_, context) => context.Response.WriteAsync("text"), HttpProtocols.Http1);

    [Fact]
    public async Task A_gateway_that_wants_credentials()
    {
        BuildCacheException missing = await RefusedAsync(ErrorId.StoreAccessDenied, "Give a token", (_, context) =>
        {
            context.Response.StatusCode = 401;
            return Task.CompletedTask;
        });
        Assert.Contains("401", missing.Message, StringComparison.Ordinal);
        await RefusedAsync(ErrorId.StoreAccessDenied, "token expired", (_, context) =>
            ScriptedServer.RefuseAsync(context, GrpcStatusCode.Unauthenticated, "token expired"));
        await RefusedAsync(ErrorId.StoreAccessDenied, "may not do this", (_, context) =>
            ScriptedServer.RefuseAsync(context, GrpcStatusCode.PermissionDenied));
    }

    [Fact]
    public async Task An_instance_that_does_not_exist()
    {
        BuildCacheException error = await Fails.WithAsync(
            ErrorId.StoreNotFound, () => RemoteStorage.ConnectAsync(casd.Endpoint with { Instance = "no/such" }));
        Assert.Contains("'no/such'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_at_which_nothing_answers()
    {
        var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        int port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        BuildCacheException error = await Fails.WithAsync(
            ErrorId.StoreUnavailable, () => RemoteStorage.ConnectAsync(new RemoteEndpoint { Host = "127.0.0.1", Port = port }));
        Assert.Contains("cannot be reached", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_has_no_address()
    {
        BuildCacheException error = await Fails.WithAsync(
            ErrorId.StoreUnavailable, () => RemoteStorage.ConnectAsync(new RemoteEndpoint { Host = "no-such-host.invalid", Port = 1 }));
        Assert.Contains("no-such-host.invalid", error.Message, StringComparison.Ordinal);
    }

    private static Task<BuildCacheException> RefusedAsync(ErrorId id, string words, ServerCapabilities capabilities) =>
        RefusedAsync(id, words, (_, context) => ScriptedServer.AnswerAsync(context, GrpcStatusCode.Ok, capabilities));

    private static async Task<BuildCacheException> RefusedAsync(
        ErrorId id, string words, Func<string, HttpContext, Task> answer, HttpProtocols protocols = HttpProtocols.Http2)
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(answer, protocols);
        BuildCacheException error = await Assert.ThrowsAsync<BuildCacheException>(() => RemoteStorage.ConnectAsync(server.Endpoint));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Equal(id, error.Id);
        return error;
    }
}
