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
    private bool _isSecondReading;

    public BlobDownload(RemoteCalls calls, Digest blob, BlobSink sink)
    {
        _calls = calls;
        _blob = blob;
        _sink = sink;
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
        var request = new ReadRequest { ResourceName = BlobResource.ToRead(_calls.Endpoint.Instance, _blob), ReadOffset = _offset };
        using var deadline = new CallDeadline(_calls.Endpoint.Timeout, _calls.Channel.Clock, cancellationToken);
        try
        {
            using GrpcResponse response = await _calls.Channel.SendAsync(Path, new GrpcMessageContent(request), deadline);
            await ReadAsync(response, deadline);
        }
        catch (GrpcException error) when (error is { Failure: GrpcFailure.Answered, Code: GrpcStatusCode.NotFound })
        {
            return false;
        }
        catch (GrpcException error) when (_offset > 0 && error is { Failure: GrpcFailure.Answered, Code: GrpcStatusCode.OutOfRange })
        {
            // What is stored is shorter than what was read before.
            throw Damaged();
        }

        return true;
    }

    private async Task ReadAsync(GrpcResponse response, CallDeadline deadline)
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

        if (_offset < _blob.Size || !HasDigest())
        {
            throw Damaged();
        }
    }

    private void Receive(ReadOnlySpan<byte> content)
    {
        if (content.Length > _blob.Size - _offset)
        {
            throw Damaged();
        }

        _hash.AppendData(content);
        _sink(content, _offset);
        _offset += content.Length;
    }

    private bool HasDigest()
    {
        Span<byte> hash = stackalloc byte[Digest.HashLength];
        _hash.GetHashAndReset(hash);
        return new Digest(hash, _offset) == _blob;
    }

    // Once may be an accident on the way; twice is what is stored.
    private Exception Damaged()
    {
        if (_isSecondReading)
        {
            return RemoteErrors.Corrupt(_blob, _calls.Endpoint);
        }

        _isSecondReading = true;
        _offset = 0;
        _hash.GetHashAndReset();
        return new GrpcException(GrpcFailure.Broken, GrpcStatusCode.DataLoss, $"{_calls.Endpoint.Name} sent other bytes for {_blob}.");
    }
}
