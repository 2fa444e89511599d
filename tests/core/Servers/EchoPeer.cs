using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace BuildCache.Tests.Servers;

/// <summary>Sends each request's body back as it arrives, with the target and host that it was asked for.</summary>
internal sealed class EchoPeer(WebApplication application) : IAsyncDisposable
{
    public Uri Address { get; } = new(application.Urls.Single());

    public static async Task<EchoPeer> StartAsync(HttpProtocols protocols)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = protocols));
        WebApplication application = builder.Build();
        application.Run(EchoAsync);
        await application.StartAsync();
        return new EchoPeer(application);
    }

    public async ValueTask DisposeAsync()
    {
        await application.StopAsync(new CancellationToken(canceled: true));
        await application.DisposeAsync();
    }

    private static async Task EchoAsync(HttpContext context)
    {
        context.Response.Headers["x-host"] = context.Request.Host.Value;
        context.Response.Headers["x-target"] = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (context.Request.Path == "/refuse")
        {
            context.Response.Headers["grpc-status"] = "5";
            return;
        }

        if (context.Request.Protocol == "HTTP/1.1")
        {
            context.Response.ContentLength = context.Request.ContentLength;
        }

        byte[] buffer = new byte[16 * 1024];
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer)) > 0)
        {
            await context.Response.Body.WriteAsync(buffer.AsMemory(0, read));
        }

        if (context.Request.Protocol == "HTTP/2")
        {
            context.Response.AppendTrailer("grpc-status", "0");
        }
    }
}
