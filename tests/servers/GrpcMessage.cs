using System.Buffers.Binary;
using System.Net;

namespace BuildCache.TestServers;

/// <summary>One call of gRPC, made by hand: the servers' wrappers stand on no library that is tested through them.</summary>
internal static class GrpcMessage
{
    private const int PrefixLength = 5;

    /// <summary>Sends a message and gives the answer's; null when the call's status is not "ok".</summary>
    public static async Task<byte[]?> CallAsync(HttpClient client, string method, byte[] message, CancellationToken cancellationToken)
    {
        // No compression, and the length.
        byte[] frame = new byte[PrefixLength + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, PrefixLength);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/" + method)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(frame) { Headers = { { "Content-Type", "application/grpc" } } },
        };
        request.Headers.TE.ParseAdd("trailers");
        using HttpResponseMessage response = await client.SendAsync(request, cancellationToken);
        byte[] answer = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        return response.TrailingHeaders.TryGetValues("grpc-status", out IEnumerable<string>? status) && status.Single() == "0" ? answer[PrefixLength..] : null;
    }
}
