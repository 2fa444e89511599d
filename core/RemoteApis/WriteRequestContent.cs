using System.Buffers;
using System.Net;
using Google.Protobuf;

namespace BuildCache.RemoteApis;

/// <summary>The body of a ByteStream write: messages with a piece of the blob each, read from the source as the server takes them.</summary>
internal sealed class WriteRequestContent : HttpContent
{
    private const int PieceSize = 256 * 1024;
    private const uint ResourceNameTag = (1 << 3) | 2;
    private const uint WriteOffsetTag = 2 << 3;
    private const uint FinishWriteTag = 3 << 3;
    private const uint DataTag = (10 << 3) | 2;
    private const int NumbersLength = 32;

    private readonly string _resource;
    private readonly long _start;
    private readonly long _size;
    private readonly BlobSource _source;
    private readonly CallDeadline _deadline;
    private readonly Lock _gate = new();
    private Task _sending = Task.CompletedTask;
    private bool _isStopped;

    /// <param name="resource">The name of the upload.</param>
    /// <param name="start">Where to begin; less than the size.</param>
    /// <param name="size">The size of the blob.</param>
    /// <param name="source">Gives its content.</param>
    /// <param name="deadline">Restarted with each piece that is on its way.</param>
    public WriteRequestContent(string resource, long start, long size, BlobSource source, CallDeadline deadline)
    {
        _resource = resource;
        _start = start;
        _size = size;
        _source = source;
        _deadline = deadline;
        Headers.ContentType = new("application/grpc");
    }

    /// <summary>Why the source could not be read, if that is why the call failed.</summary>
    public Exception? SourceError { get; private set; }

    /// <summary>Ends the reading of the source, and waits for that.</summary>
    public async Task StopAsync()
    {
        lock (_gate)
        {
            _isStopped = true;
        }

        _deadline.Cancel();
        await _sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    // The handler may call this again, on another connection, when the first refused the call before it took anything.
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isStopped, this);
            return _sending = SendAsync(stream);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = -1;
        return false;
    }

    private async Task SendAsync(Stream stream)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(GrpcFrame.PrefixLength + NumbersLength + (3 * _resource.Length) + PieceSize);
        try
        {
            for (long offset = _start; offset < _size;)
            {
                (int begin, int end, int count) = Message(buffer, offset);
                await stream.WriteAsync(buffer.AsMemory(begin, end - begin), _deadline.Token);
                _deadline.Restart();
                offset += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // The piece is read to where it is sent from; what goes before it is as long as it is, so it is written backwards from there.
    private (int Begin, int End, int Count) Message(byte[] buffer, long offset)
    {
        int data = buffer.Length - PieceSize;
        int count = Read(buffer.AsSpan(data, (int)Math.Min(PieceSize, _size - offset)), offset);

        byte[] fields = new byte[NumbersLength + (3 * _resource.Length)];
        using var output = new CodedOutputStream(fields);
        if (offset == _start)
        {
            output.WriteTag(ResourceNameTag);
            output.WriteString(_resource);
        }

        output.WriteTag(WriteOffsetTag);
        output.WriteInt64(offset);
        if (offset + count == _size)
        {
            output.WriteTag(FinishWriteTag);
            output.WriteBool(true);
        }

        output.WriteTag(DataTag);
        output.WriteLength(count);
        output.Flush();
        int length = (int)output.Position;

        int begin = data - length - GrpcFrame.PrefixLength;
        GrpcFrame.WritePrefix(buffer.AsSpan(begin), length + count);
        fields.AsSpan(0, length).CopyTo(buffer.AsSpan(begin + GrpcFrame.PrefixLength));
        return (begin, data + count, count);
    }

    private int Read(Span<byte> piece, long offset)
    {
        try
        {
            return _source(piece, offset);
        }
        catch (Exception error)
        {
            SourceError = error;
            throw;
        }
    }
}
