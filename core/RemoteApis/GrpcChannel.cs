using System.Globalization;
using System.Net;
using BuildCache.Content;
using BuildCache.Content.Wire;
using Google.Protobuf;

namespace BuildCache.RemoteApis;

/// <summary>A method of a gRPC service that takes one message and gives one.</summary>
/// <param name="Path">Service and method, as in <c>package.Service/Method</c>.</param>
/// <param name="Parser">Reads the answer.</param>
internal sealed record GrpcMethod<TRequest, TResponse>(string Path, MessageParser<TResponse> Parser)
    where TRequest : IMessage<TRequest>
    where TResponse : IMessage<TResponse>;

/// <summary>gRPC calls to one server over HTTP/2, encrypted or not.</summary>
internal sealed class GrpcChannel : IDisposable
{
    private static readonly string s_version = typeof(GrpcChannel).Assembly.GetName().Version?.ToString(3) ?? "0";

    private readonly HttpMessageInvoker _http;
    private readonly string _caller = RequestMetadataHeader();

    /// <exception cref="BuildCacheException">The endpoint is wrong in itself, or its files cannot be read.</exception>
    public GrpcChannel(RemoteEndpoint endpoint, TimeProvider? clock = null)
    {
        endpoint.Validate();
        Endpoint = endpoint;
        Clock = clock ?? TimeProvider.System;
        _http = new HttpMessageInvoker(Handler(endpoint));
    }

    public RemoteEndpoint Endpoint { get; }

    public TimeProvider Clock { get; }

    /// <summary>Sends a message and reads the one that comes back.</summary>
    public async Task<TResponse> CallAsync<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, TRequest request, CancellationToken cancellationToken)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse>
    {
        using var deadline = new CallDeadline(Endpoint.Timeout, Clock, cancellationToken);
        using GrpcResponse response = await SendAsync(method.Path, new GrpcMessageContent(request), deadline, isWholeCall: true);
        return await response.ReadMessageAsync(method.Parser, Ceilings.GrpcMessage);
    }

    /// <summary>Sends a body and returns as soon as an answer begins, which may be before all of the body is sent.</summary>
    /// <param name="path">Service and method.</param>
    /// <param name="content">One message or a stream of them.</param>
    /// <param name="deadline">Watches over the call and over reading the answer.</param>
    /// <param name="isWholeCall">Whether the deadline is one for the call as a whole, and worth telling the server.</param>
    public async Task<GrpcResponse> SendAsync(string path, HttpContent content, CallDeadline deadline, bool isWholeCall = false)
    {
        using HttpRequestMessage request = Request(path, content);
        if (isWholeCall)
        {
            long milliseconds = Math.Clamp((long)deadline.Time.TotalMilliseconds, 1, 99_999_999);
            request.Headers.TryAddWithoutValidation("grpc-timeout", milliseconds.ToString(CultureInfo.InvariantCulture) + "m");
        }

        HttpResponseMessage? response = null;
        try
        {
            response = await _http.SendAsync(request, deadline.Token);
            CheckIsGrpc(response);
            Stream body = await response.Content.ReadAsStreamAsync(deadline.Token);
            var opened = new GrpcResponse(response, body, Endpoint, deadline, Failure);
            response = null;
            return opened;
        }
        catch (Exception error) when (error is not GrpcException)
        {
            throw deadline.Meaning(error, Endpoint);
        }
        finally
        {
            response?.Dispose();
        }
    }

    /// <summary>The error of a status, without the token should the server repeat it.</summary>
    public GrpcException Failure(GrpcStatus status)
    {
        string message = Endpoint.Token is string token ? status.Message.Replace(token, "…", StringComparison.Ordinal) : status.Message;
        string words = message.Length > 0 ? $": {message.TrimEnd('.')}" : "";
        return new GrpcException(GrpcFailure.Answered, status.Code, $"{Endpoint.Name} answered with {status.Code}{words}.", status.RetryAfter);
    }

    public void Dispose() => _http.Dispose();

    private void CheckIsGrpc(HttpResponseMessage response)
    {
        // With nothing else to say, a server puts the status among the headers.
        if (GrpcStatus.Read(response.Headers) is GrpcStatus status && status.Code != GrpcStatusCode.Ok)
        {
            throw Failure(status);
        }

        string? type = response.Content.Headers.ContentType?.MediaType;
        if (response.StatusCode != HttpStatusCode.OK || type is null || !type.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase))
        {
            throw GrpcErrors.Of(response, Endpoint);
        }
    }

    private HttpRequestMessage Request(string path, HttpContent content)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Endpoint.Address, "/" + path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.TryAddWithoutValidation("te", "trailers");
        request.Headers.TryAddWithoutValidation("user-agent", "BuildCache/" + s_version);
        request.Headers.TryAddWithoutValidation("build.bazel.remote.execution.v2.requestmetadata-bin", _caller);
        if (Endpoint.Token is string token)
        {
            request.Headers.TryAddWithoutValidation("authorization", "Bearer " + token);
        }

        return request;
    }

    private static SocketsHttpHandler Handler(RemoteEndpoint endpoint)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = endpoint.IsTls,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = TimeSpan.FromSeconds(Math.Min(10, endpoint.Timeout.TotalSeconds)),
            EnableMultipleHttp2Connections = true,
            // A smaller window, such as the usual 64 KiB, makes a far server wait for every few frames. It grows with the distance;
            // a larger one to begin with makes more garbage: what waits in it is more than the pool of buffers holds.
            InitialHttp2StreamWindowSize = 1024 * 1024,
            // Servers turn away those who ask more often than about once a minute whether anybody is there.
            KeepAlivePingDelay = TimeSpan.FromSeconds(60),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(20),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        };
        if (endpoint.IsTls)
        {
            handler.SslOptions = TlsSetup.For(endpoint);
        }

        return handler;
    }

    // Unpadded, as gRPC asks of whoever sends.
    private static string RequestMetadataHeader()
    {
        var metadata = new RequestMetadata
        {
            ToolDetails = new ToolDetails { ToolName = "BuildCache", ToolVersion = s_version },
            ToolInvocationId = Guid.NewGuid().ToString(),
        };
        return Convert.ToBase64String(metadata.ToByteArray()).TrimEnd('=');
    }
}
