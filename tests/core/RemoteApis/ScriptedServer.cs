using System.Collections.Concurrent;
using System.Globalization;
using BuildCache.RemoteApis;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace BuildCache.Tests.RemoteApis;

/// <summary>A server that answers what a test tells it to, for what no real server can be made to do.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private ScriptedServer(WebApplication application) => _application = application;

    /// <summary>What was called, by the method's name alone.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    public RemoteEndpoint Endpoint => new() { Host = "127.0.0.1", Port = new Uri(_application.Urls.Single()).Port, Timeout = TimeSpan.FromSeconds(10) };

    public static async Task<ScriptedServer> StartAsync(Func<string, HttpContext, Task> answer, HttpProtocols protocols = HttpProtocols.Http2)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, endpoint => endpoint.Protocols = protocols);
        });
        var server = new ScriptedServer(builder.Build());
        server._application.Run(context =>
        {
            string method = context.Request.Path.Value!.Split('/')[^1];
            server.Calls.Enqueue(method);
            return answer(method, context);
        });
        await server._application.StartAsync();
        return server;
    }

    /// <summary>Answers with messages and a status.</summary>
    public static async Task AnswerAsync(HttpContext context, GrpcStatusCode status, params IMessage[] messages)
    {
        foreach (IMessage message in messages)
        {
            byte[] frame = new byte[GrpcFrame.PrefixLength + message.CalculateSize()];
            GrpcFrame.WritePrefix(frame, frame.Length - GrpcFrame.PrefixLength);
            message.WriteTo(frame.AsSpan(GrpcFrame.PrefixLength));
            await SendAsync(context, frame);
        }

        await SendAsync(context);
        context.Response.AppendTrailer("grpc-status", ((int)status).ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Answers with bytes, and no status yet.</summary>
    public static async Task SendAsync(HttpContext context, params byte[] bytes)
    {
        if (!context.Response.HasStarted)
        {
            context.Response.ContentType = "application/grpc";
        }

        await context.Response.Body.WriteAsync(bytes);
    }

    /// <summary>Answers with a status alone.</summary>
    public static Task RefuseAsync(HttpContext context, GrpcStatusCode status, string? message = null, string? details = null)
    {
        context.Response.ContentType = "application/grpc";
        context.Response.Headers["grpc-status"] = ((int)status).ToString(CultureInfo.InvariantCulture);
        if (message is not null)
        {
            context.Response.Headers["grpc-message"] = message;
        }

        if (details is not null)
        {
            context.Response.Headers["grpc-status-details-bin"] = details;
        }

        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync(new CancellationToken(canceled: true));
        await _application.DisposeAsync();
    }
}
