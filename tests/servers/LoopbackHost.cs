using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace BuildCache.TestServers;

/// <summary>Kestrel on a free port of 127.0.0.1, without limits of its own that would look like a peer's.</summary>
internal static class LoopbackHost
{
    /// <param name="protocols">What it speaks; HTTP/2 without TLS must stand alone.</param>
    /// <param name="tls">Sets its certificate; null: no TLS.</param>
    /// <param name="handler">Answers every request.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async Task<WebApplication> StartAsync(
        HttpProtocols protocols, Action<HttpsConnectionAdapterOptions>? tls, RequestDelegate handler, CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.Http2.InitialConnectionWindowSize = 8 << 20;
            kestrel.Limits.Http2.InitialStreamWindowSize = 4 << 20;
            kestrel.Listen(IPAddress.Loopback, 0, endpoint =>
            {
                endpoint.Protocols = protocols;
                if (tls is not null)
                {
                    endpoint.UseHttps(tls);
                }
            });
        });
        WebApplication application = builder.Build();
        application.Run(handler);
        await application.StartAsync(cancellationToken);
        return application;
    }

    /// <summary>The port is known only after the start.</summary>
    public static Uri AddressOf(WebApplication application) => new(application.Urls.Single());

    /// <summary>Ends calls that still run instead of waiting for them.</summary>
    public static async Task StopAsync(WebApplication application)
    {
        await application.StopAsync(new CancellationToken(canceled: true));
        await application.DisposeAsync();
    }
}
