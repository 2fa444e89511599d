using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Primitives;

namespace BuildCache.TestServers;

/// <summary>
/// A reverse proxy in this process that stands before a server and does wrong what <see cref="Fault"/> says.
/// Without a fault it passes everything on as it is, the Host header too: signatures of S3 cover it.
/// </summary>
public sealed class FaultProxy : IAsyncDisposable
{
    // Headers of one connection, not of the message; HttpClient and Kestrel write their own.
    private static readonly HashSet<string> s_hopByHop = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade", "Expect",
    };

    private readonly Uri _target;
    private readonly bool _http2;
    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
        InitialHttp2StreamWindowSize = 4 << 20,
        EnableMultipleHttp2Connections = true,
    });

    private WebApplication? _application;
    private volatile Fault? _fault;
    private int _faultsApplied;

    private FaultProxy(Uri target, bool http2)
    {
        _target = target;
        _http2 = http2;
    }

    /// <summary>Where the proxy listens: https when it was given a certificate.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1");

    /// <summary>What goes wrong from now on; null: nothing.</summary>
    public Fault? Fault
    {
        get => _fault;
        set => _fault = value;
    }

    /// <summary>Every call that reached the proxy, also those that it did not pass on.</summary>
    public RequestLog Requests { get; } = new();

    /// <summary>To how many calls a fault was applied.</summary>
    public int FaultsApplied => Volatile.Read(ref _faultsApplied);

    /// <summary>Starts a proxy for HTTP/1.1 before a server's http address.</summary>
    /// <param name="target">The server.</param>
    /// <param name="tls">Sets the certificate that the proxy shows, and whether it asks for the client's; null: it speaks without TLS.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static Task<FaultProxy> StartAsync(Uri target, Action<HttpsConnectionAdapterOptions>? tls = null, CancellationToken cancellationToken = default) =>
        StartAsync(new FaultProxy(target, http2: false), tls, cancellationToken);

    /// <summary>Starts a proxy for gRPC, which is HTTP/2 with prior knowledge, before a server's http address.</summary>
    /// <inheritdoc cref="StartAsync(Uri, Action{HttpsConnectionAdapterOptions}?, CancellationToken)" path="/param"/>
    public static Task<FaultProxy> StartForGrpcAsync(Uri target, Action<HttpsConnectionAdapterOptions>? tls = null, CancellationToken cancellationToken = default) =>
        StartAsync(new FaultProxy(target, http2: true), tls, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_application is not null)
        {
            await LoopbackHost.StopAsync(_application);
        }

        _client.Dispose();
    }

    private static async Task<FaultProxy> StartAsync(FaultProxy proxy, Action<HttpsConnectionAdapterOptions>? tls, CancellationToken cancellationToken)
    {
        proxy._application = await LoopbackHost.StartAsync(proxy._http2 ? HttpProtocols.Http2 : HttpProtocols.Http1, tls, proxy.HandleAsync, cancellationToken);
        proxy.Address = LoopbackHost.AddressOf(proxy._application);
        return proxy;
    }

    private async Task HandleAsync(HttpContext context)
    {
        string rawTarget = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var seen = SeenRequest.From(context.Request.Method, rawTarget);
        Requests.Add(seen);
        FaultAction? action = _fault?.ActionFor(seen);
        if (action is not null)
        {
            Interlocked.Increment(ref _faultsApplied);
        }

        try
        {
            switch (action)
            {
                case FaultAction.Cut:
                    context.Abort();
                    return;
                case FaultAction.Status status:
                    await StatusAnswer.WriteAsync(context, status);
                    return;
                case FaultAction.Delay delay:
                    await Task.Delay(delay.Time, context.RequestAborted);
                    break;
            }

            await ForwardAsync(context, rawTarget, action);
        }
        catch (Exception problem) when (problem is HttpRequestException or IOException or OperationCanceledException)
        {
            // The target or the client ended the call: it ends for the other one too.
            context.Abort();
        }
    }

    private async Task ForwardAsync(HttpContext context, string rawTarget, FaultAction? action)
    {
        using HttpRequestMessage request = RequestFor(context, rawTarget, (action as FaultAction.CorruptRequest)?.Body);
        using HttpResponseMessage response = await _client.SendAsync(request, context.RequestAborted);
        BodyFault? fault = (action as FaultAction.DamageResponse)?.Body;
        if (action is FaultAction.LoseAnswer)
        {
            await response.Content.CopyToAsync(Stream.Null, context.RequestAborted);
            context.Abort();
            return;
        }

        context.Response.StatusCode = (int)response.StatusCode;
        CopyHeaders(response, context.Response);
        if (fault is BodyFault.Truncate truncate && context.Response.ContentLength is long length && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.ContentLength = Math.Max(0, length - truncate.MissingBytes);
        }

        await using Stream body = await response.Content.ReadAsStreamAsync(context.RequestAborted);
        if (!await BodyCopy.RunAsync(body, context.Response.Body, fault, context.RequestAborted))
        {
            context.Abort();
            return;
        }

        foreach ((string name, IEnumerable<string> values) in response.TrailingHeaders.NonValidated.Select(header => (header.Key, header.Value.AsEnumerable())))
        {
            context.Response.AppendTrailer(name, values.ToArray());
        }
    }

    private HttpRequestMessage RequestFor(HttpContext context, string rawTarget, BodyFault? fault)
    {
        // The path is passed on byte for byte: a signature covers it as it was sent.
        var uri = new Uri(_target.GetLeftPart(UriPartial.Authority) + rawTarget, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), uri)
        {
            Version = _http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (context.Features.GetRequiredFeature<IHttpRequestBodyDetectionFeature>().CanHaveBody)
        {
            request.Content = new ForwardedContent(context.Request.Body, fault, context.RequestAborted);
        }

        foreach ((string name, StringValues values) in context.Request.Headers)
        {
            if (!IsPassedOn(name))
            {
                continue;
            }

            if (!request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            }
        }

        request.Headers.Host = context.Request.Host.Value;
        return request;
    }

    private static void CopyHeaders(HttpResponseMessage from, HttpResponse to)
    {
        foreach ((string name, System.Net.Http.Headers.HeaderStringValues values) in from.Headers.NonValidated.Concat(from.Content.Headers.NonValidated))
        {
            if (IsPassedOn(name))
            {
                to.Headers[name] = values.ToArray();
            }
        }
    }

    private static bool IsPassedOn(string name) =>
        !s_hopByHop.Contains(name) && !name.Equals("Host", StringComparison.OrdinalIgnoreCase) && !name.StartsWith(':');
}
