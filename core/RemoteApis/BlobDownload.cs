using System.Buffers;
using System.Security.Cryptography;
using BuildCache.Content;
using BuildCache.Content.Wire;
using Digest = BuildCache.Content.Digest;

namespace BuildCache.RemoteApis;

/// <summary>Reads one blob as a stream, on from where it broke.</summary>
internal sealed class BlobDownload : IDisposable
{
    private const string Path = "google.bytestream.ByteStream/Read";
    private const int BufferSize = 256 * 1024;

    // A stream that breaks again and again is read on as long as each few tries bring this much.
    private const long WorthGoingOn = 1024 * 1024;

    private readonly RemoteCalls _calls;
    private readonly Digest _blob;
    private readonly BlobSink _sink;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _offset;
    private Digest? _firstReading;

    /// <param name="calls">The server.</param>
    /// <param name="blob">The blob.</param>
    /// <param name="sink">Takes the content.</param>
    /// <param name="firstReading">The digest of what was read of the blob before and was wrong, if it was.</param>
    public BlobDownload(RemoteCalls calls, Digest blob, BlobSink sink, Digest? firstReading = null)
    {
        _calls = calls;
        _blob = blob;
        _sink = sink;
        _firstReading = firstReading;
    }

    /// <returns>Whether the blob is there.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            long start = _offset;
            try
            {
                return await _calls.TryAsync(TryAsync, cancellationToken);
            }
            catch (GrpcException error) when (error.IsTransient && _offset - start >= WorthGoingOn)
            {
            }
            catch (GrpcException error)
            {
                throw RemoteErrors.Of(error, _calls.Endpoint);
            }
        }
    }

    public void Dispose() => _hash.Dispose();

    private async Task<bool> TryAsync(CancellationToken cancellationToken)
    {
        // The second reading is in two parts: what changes a byte of an answer on the way then changes another one.
        long half = _firstReading is not null && _offset < _blob.Size / 2 ? _blob.Size / 2 : 0;
        var request = new ReadRequest { ResourceName = BlobResource.ToRead(_calls.Endpoint.Instance, _blob), ReadOffset = _offset, ReadLimit = half > 0 ? half - _offset : 0 };
        using var deadline = new CallDeadline(_calls.Endpoint.Timeout, _calls.Channel.Clock, cancellationToken);
        try
        {
            using GrpcResponse response = await _calls.Channel.SendAsync(Path, new GrpcMessageContent(request), deadline);
            await ReadAsync(response, deadline, isAll: half == 0);
        }
        catch (GrpcException error) when (error is { Failure: GrpcFailure.Answered, Code: GrpcStatusCode.NotFound })
        {
            return false;
        }
        catch (GrpcException error) when (_offset > 0 && error is { Failure: GrpcFailure.Answered, Code: GrpcStatusCode.OutOfRange })
        {
            // What is stored is shorter than what was read before.
            throw Damaged(Received());
        }

        return half == 0 || await TryAsync(cancellationToken);
    }

    private async Task ReadAsync(GrpcResponse response, CallDeadline deadline, bool isAll)
    {
        var decoder = new ReadResponseDecoder(Receive);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            for (int count; (count = await response.ReadAsync(buffer)) > 0;)
            {
                deadline.Restart();
                decoder.Decode(buffer.AsSpan(0, count));
            }
        }
        catch (InvalidDataException error)
        {
            throw response.Malformed(error.Message);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (!decoder.IsBetweenMessages)
        {
            throw response.Incomplete();
        }

        if (isAll && Received() is { } received && received != _blob)
        {
            throw Damaged(received);
        }
    }

    private void Receive(ReadOnlySpan<byte> content)
    {
        if (content.Length > _blob.Size - _offset)
        {
            throw Damaged(Received());
        }

        _hash.AppendData(content);
        _sink(content, _offset);
        _offset += content.Length;
    }

    private Digest Received()
    {
        Span<byte> hash = stackalloc byte[Digest.HashLength];
        _hash.GetCurrentHash(hash);
        return new Digest(hash, _offset);
    }

    // Once may be an accident on the way; the same twice is what is stored.
    private Exception Damaged(Digest received)
    {
        if (_firstReading is not null)
        {
            return _firstReading == received ? RemoteErrors.Corrupt(_blob, _calls.Endpoint) : RemoteErrors.Garbled(_blob, _calls.Endpoint);
        }

        _firstReading = received;
        _offset = 0;
        _hash.GetHashAndReset();
        return new GrpcException(GrpcFailure.Broken, GrpcStatusCode.DataLoss, $"{_calls.Endpoint.Name} sent other bytes for {_blob}.");
    }
}
