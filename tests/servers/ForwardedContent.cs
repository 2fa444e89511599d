using System.Net;

namespace BuildCache.TestServers;

/// <summary>A request's body, passed on while it arrives: a gRPC stream may be answered before it ends.</summary>
internal sealed class ForwardedContent(Stream source, BodyFault? fault, CancellationToken aborted) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        BodyCopy.RunAsync(source, stream, fault, aborted);

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
