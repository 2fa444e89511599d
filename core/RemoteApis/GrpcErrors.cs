using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace BuildCache.RemoteApis;

/// <summary>What went wrong below gRPC, in gRPC's terms.</summary>
internal static class GrpcErrors
{
    /// <summary>The failure of a connection or of a stream on it.</summary>
    public static GrpcException Of(Exception error, RemoteEndpoint endpoint)
    {
        List<Exception> chain = Chain(error);
        if (chain.OfType<GrpcException>().FirstOrDefault() is GrpcException known)
        {
            return known;
        }

        if (RefusedCertificate(chain) is string alert)
        {
            return new GrpcException(GrpcFailure.Answered, GrpcStatusCode.Unauthenticated,
                $"{endpoint.Name} refused the TLS connection ({alert}). It asks for a client certificate, and takes none or not the one that was sent.");
        }

        if (chain.OfType<HttpProtocolException>().FirstOrDefault() is HttpProtocolException protocol)
        {
            return Reset(protocol, endpoint);
        }

        // TLS that was cut off is a broken connection; TLS that made no sense was none.
        if (chain.Any(link => link is AuthenticationException) && !chain.Any(link => link is IOException or SocketException))
        {
            return new GrpcException(GrpcFailure.NotGrpc, GrpcStatusCode.Unavailable,
                $"No TLS connection to {endpoint.Name} can be made: {chain[^1].Message} If the server does not use TLS, write grpc:// instead.");
        }

        HttpRequestError kind = (error as HttpRequestException)?.HttpRequestError ?? HttpRequestError.Unknown;
        return kind switch
        {
            HttpRequestError.NameResolutionError => Broken($"The name '{endpoint.Host}' cannot be resolved."),
            HttpRequestError.VersionNegotiationError => new GrpcException(GrpcFailure.NotGrpc, GrpcStatusCode.Unimplemented,
                $"What answers at {endpoint.Name} speaks no HTTP/2, so it is no gRPC server."),
            HttpRequestError.ConnectionError => Broken($"{endpoint.Name} cannot be reached: {chain[^1].Message}."),
            _ => Broken($"The connection to {endpoint.Name} broke: {chain[^1].Message}"),
        };

        GrpcException Broken(string message) => new(GrpcFailure.Broken, GrpcStatusCode.Unavailable, message, innerException: error);
    }

    /// <summary>An HTTP status that is no gRPC answer: it comes from what stands before the server, or from another kind of server.</summary>
    public static GrpcException Of(HttpResponseMessage response, RemoteEndpoint endpoint)
    {
        int status = (int)response.StatusCode;
        GrpcException Answered(GrpcStatusCode code, string message) =>
            new(GrpcFailure.Answered, code, message, response.Headers.RetryAfter?.Delta);

        return response.StatusCode switch
        {
            HttpStatusCode.Unauthorized => Answered(GrpcStatusCode.Unauthenticated, $"{endpoint.Name} answered with HTTP status 401."),
            HttpStatusCode.Forbidden => Answered(GrpcStatusCode.PermissionDenied, $"{endpoint.Name} answered with HTTP status 403."),
            HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout =>
                Answered(GrpcStatusCode.Unavailable, $"{endpoint.Name} answered with HTTP status {status}."),
            HttpStatusCode.OK => NotGrpc(GrpcStatusCode.Unknown, $"it sent {response.Content.Headers.ContentType?.MediaType ?? "no content type"}"),
            HttpStatusCode.NotFound => NotGrpc(GrpcStatusCode.Unimplemented, "HTTP status 404"),
            HttpStatusCode.BadRequest => NotGrpc(GrpcStatusCode.Internal, "HTTP status 400"),
            >= HttpStatusCode.InternalServerError => Answered(GrpcStatusCode.Unavailable, $"{endpoint.Name} answered with HTTP status {status}."),
            _ => NotGrpc(GrpcStatusCode.Unknown, $"HTTP status {status}"),
        };

        GrpcException NotGrpc(GrpcStatusCode code, string evidence) =>
            new(GrpcFailure.NotGrpc, code, $"What answers at {endpoint.Name} is no gRPC server ({evidence}). Check the host and the port.");
    }

    // The numbers are HTTP/2's; what each means to a call is gRPC's.
    private static GrpcException Reset(HttpProtocolException error, RemoteEndpoint endpoint)
    {
        const long refusedStream = 7, cancel = 8, enhanceYourCalm = 11, http11Required = 13;
        return error.ErrorCode switch
        {
            http11Required => new GrpcException(GrpcFailure.NotGrpc, GrpcStatusCode.Unimplemented, $"What answers at {endpoint.Name} speaks no HTTP/2, so it is no gRPC server."),
            enhanceYourCalm => Broken(GrpcStatusCode.ResourceExhausted, "asked to be called less often"),
            refusedStream => Broken(GrpcStatusCode.Unavailable, "refused the call for now"),
            cancel => Broken(GrpcStatusCode.Cancelled, "cancelled the call"),
            _ => Broken(GrpcStatusCode.Internal, $"reset the call (HTTP/2 error {error.ErrorCode})"),
        };

        GrpcException Broken(GrpcStatusCode code, string did) => new(GrpcFailure.Broken, code, $"{endpoint.Name} {did}.", innerException: error);
    }

    // With TLS 1.3 a server refuses the client's certificate after the handshake, as a failed read whose reason is text only.
    private static string? RefusedCertificate(IEnumerable<Exception> chain)
    {
        string[] alerts = ["certificate required", "bad certificate", "unknown ca", "certificate unknown", "certificate expired", "access denied"];
        return chain.Select(link => alerts.FirstOrDefault(alert => link.Message.Contains("alert " + alert, StringComparison.OrdinalIgnoreCase)))
            .FirstOrDefault(alert => alert is not null);
    }

    private static List<Exception> Chain(Exception error)
    {
        List<Exception> chain = [];
        for (Exception? link = error; link is not null; link = link.InnerException)
        {
            chain.Add(link);
        }

        return chain;
    }
}
