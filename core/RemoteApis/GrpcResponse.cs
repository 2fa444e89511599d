using System.Buffers;
using BuildCache.Content;
using Google.Protobuf;

namespace BuildCache.RemoteApis;

/// <summary>The answer to a call: bytes, and at their end the status.</summary>
internal sealed class GrpcResponse : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly Stream _body;
    private readonly RemoteEndpoint _endpoint;
    private readonly CallDeadline _deadline;
    private readonly Func<GrpcStatus, GrpcException> _failure;

    public GrpcResponse(HttpResponseMessage response, Stream body, RemoteEndpoint endpoint, CallDeadline deadline, Func<GrpcStatus, GrpcException> failure)
    {
        _response = response;
        _body = body;
        _endpoint = endpoint;
        _deadline = deadline;
        _failure = failure;
    }

    /// <summary>Reads what has come, at most as much as fits.</summary>
    /// <returns>0 at the end of an answer whose status is OK.</returns>
    /// <exception cref="GrpcException">The status is another, or the answer broke off.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        int count;
        try
        {
            count = await _body.ReadAsync(buffer, _deadline.Token);
        }
        catch (Exception error)
        {
            throw _deadline.Meaning(error, _endpoint);
        }

        if (count == 0)
        {
            CheckStatus();
        }

        return count;
    }

    /// <summary>Reads the one message of an answer, and its end.</summary>
    public async ValueTask<T> ReadMessageAsync<T>(MessageParser<T> parser, int bound)
        where T : IMessage<T>
    {
        byte[] prefix = new byte[GrpcFrame.PrefixLength];
        await FillAsync(prefix);
        if (GrpcFrame.ReadPrefix(prefix) is not uint length)
        {
            throw Malformed("is compressed, which was not asked for");
        }

        if (length > bound)
        {
            throw Malformed($"has a message of {length:N0} bytes; at most {bound:N0} are taken");
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)length);
        try
        {
            await FillAsync(buffer.AsMemory(0, (int)length));
            T message;
            try
            {
                message = parser.WithDiscardUnknownFields(true).ParseFrom(buffer.AsSpan(0, (int)length));
            }
            catch (Exception error) when (MalformedMessage.Is(error))
            {
                throw Malformed("cannot be read: " + error.Message);
            }

            return await ReadAsync(prefix.AsMemory(0, 1)) == 0 ? message : throw Malformed("has more than one message");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public GrpcException Malformed(string fault) =>
        new(GrpcFailure.Malformed, GrpcStatusCode.Internal, $"The answer of {_endpoint.Name} {fault}.");

    /// <summary>The error of an answer that ended with the status OK and is not whole.</summary>
    public GrpcException Incomplete() =>
        new(GrpcFailure.Broken, GrpcStatusCode.DataLoss, $"The answer of {_endpoint.Name} ended too early.");

    public void Dispose()
    {
        _body.Dispose();
        _response.Dispose();
    }

    private async ValueTask FillAsync(Memory<byte> buffer)
    {
        for (int count; buffer.Length > 0; buffer = buffer[count..])
        {
            count = await ReadAsync(buffer);
            if (count == 0)
            {
                throw Incomplete();
            }
        }
    }

    private void CheckStatus()
    {
        GrpcStatus? status = GrpcStatus.Read(_response.TrailingHeaders) ?? GrpcStatus.Read(_response.Headers);
        if (status is null)
        {
            // A server always states one; without it, something between cut the answer short and hid that.
            throw Incomplete();
        }

        if (status.Value.Code != GrpcStatusCode.Ok)
        {
            throw _failure(status.Value);
        }
    }
}
