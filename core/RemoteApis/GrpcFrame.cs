using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;

namespace BuildCache.RemoteApis;

/// <summary>How gRPC puts a message on a stream: a byte that says whether it is compressed, its length, itself.</summary>
internal static class GrpcFrame
{
    public const int PrefixLength = 5;

    /// <summary>Writes the prefix of a message that is not compressed.</summary>
    public static void WritePrefix(Span<byte> prefix, int length)
    {
        prefix[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(prefix[1..], length);
    }

    /// <summary>Reads a prefix.</summary>
    /// <returns>The length of the message; <see langword="null"/> when it is compressed, which nobody asked for.</returns>
    public static uint? ReadPrefix(ReadOnlySpan<byte> prefix) => prefix[0] == 0 ? BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]) : null;
}

/// <summary>The body of a call with one message.</summary>
internal sealed class GrpcMessageContent : HttpContent
{
    private readonly IMessage _message;
    private readonly int _length;

    public GrpcMessageContent(IMessage message)
    {
        _message = message;
        _length = message.CalculateSize();
        Headers.ContentType = new("application/grpc");
    }

    protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context, CancellationToken cancellationToken)
    {
        int whole = GrpcFrame.PrefixLength + _length;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(whole);
        try
        {
            GrpcFrame.WritePrefix(buffer, _length);
            _message.WriteTo(buffer.AsSpan(GrpcFrame.PrefixLength, _length));
            await stream.WriteAsync(buffer.AsMemory(0, whole), cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // A stated length would be right, but gRPC servers expect none.
    protected override bool TryComputeLength(out long length)
    {
        length = -1;
        return false;
    }
}
