using System.Security.Cryptography;
using BuildCache.Content;
using BuildCache.Content.Wire;
using Digest = BuildCache.Content.Digest;

namespace BuildCache.RemoteApis;

/// <summary>Stores one blob as a stream, on from what the server has when it broke.</summary>
internal sealed class BlobUpload : IDisposable
{
    private const string Path = "google.bytestream.ByteStream/Write";
    private const long WorthGoingOn = 1024 * 1024;

    private static readonly GrpcMethod<QueryWriteStatusRequest, QueryWriteStatusResponse> s_query =
        new("google.bytestream.ByteStream/QueryWriteStatus", QueryWriteStatusResponse.Parser);

    private readonly RemoteCalls _calls;
    private readonly Digest _blob;
    private readonly BlobSource _source;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private string? _resource;
    private long _committed;
    private long _hashed;
    private bool _isBegunAnew;

    public BlobUpload(RemoteCalls calls, Digest blob, BlobSource source)
    {
        _calls = calls;
        _blob = blob;
        _source = source;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            long start = _committed;
            try
            {
                await _calls.TryAsync(TryAsync, cancellationToken);
                return;
            }
            catch (GrpcException error) when (error.IsTransient && _committed - start >= WorthGoingOn)
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
        if (_resource is not null && await IsCompleteAsync(_resource, cancellationToken))
        {
            return true;
        }

        _resource ??= BlobResource.ToWrite(_calls.Endpoint.Instance, _blob);
        try
        {
            await SendAsync(_resource, cancellationToken);
            return true;
        }
        catch (GrpcException error) when (error is { Failure: GrpcFailure.Answered, Code: GrpcStatusCode.AlreadyExists })
        {
            return true;
        }
        catch (GrpcException error) when (!_isBegunAnew && IsAboutContent(error))
        {
            // Damaged on the way, or the server no longer knows the upload as it said it did: it is begun anew, once.
            _isBegunAnew = true;
            StartOver();
            throw new GrpcException(GrpcFailure.Broken, error.Code, error.Message, innerException: error);
        }
    }

    private async Task SendAsync(string resource, CancellationToken cancellationToken)
    {
        using var deadline = new CallDeadline(_calls.Endpoint.Timeout, _calls.Channel.Clock, cancellationToken);
        var content = new WriteRequestContent(resource, _committed, _blob.Size, ReadSource, deadline);
        try
        {
            // The answer may come before everything is sent: the server has the blob already, or does not want it.
            using GrpcResponse response = await _calls.Channel.SendAsync(Path, content, deadline);
            long stored = (await response.ReadMessageAsync(WriteResponse.Parser, Ceilings.GrpcMessage)).CommittedSize;
            if (stored != _blob.Size && stored != -1)
            {
                throw response.Incomplete();
            }
        }
        catch (GrpcException) when (content.SourceError is not null)
        {
            throw content.SourceError;
        }
        finally
        {
            // The source is the caller's again only when nothing reads it any more.
            await content.StopAsync();
        }
    }

    private async Task<bool> IsCompleteAsync(string resource, CancellationToken cancellationToken)
    {
        try
        {
            QueryWriteStatusResponse status = await _calls.Channel.CallAsync(s_query, new QueryWriteStatusRequest { ResourceName = resource }, cancellationToken);
            if (status.Complete)
            {
                return true;
            }

            // All of it and yet not complete, or more than was sent: neither can be gone on with.
            if (status.CommittedSize < 0 || status.CommittedSize >= _blob.Size || status.CommittedSize > _hashed)
            {
                StartOver();
            }
            else
            {
                _committed = status.CommittedSize;
            }
        }
        catch (GrpcException error) when (error is { Failure: GrpcFailure.Answered, IsTransient: false })
        {
            // It knows nothing of the upload, or does not answer such questions.
            StartOver();
        }

        return false;
    }

    private static bool IsAboutContent(GrpcException error) => error.Failure == GrpcFailure.Answered && error.Code
        is GrpcStatusCode.InvalidArgument or GrpcStatusCode.OutOfRange or GrpcStatusCode.FailedPrecondition or GrpcStatusCode.NotFound or GrpcStatusCode.DataLoss;

    private void StartOver()
    {
        _resource = null;
        _committed = 0;
    }

    // What was hashed in an earlier try is not hashed again.
    private int ReadSource(Span<byte> buffer, long offset)
    {
        int count = _source(buffer, offset);
        if (count == 0)
        {
            throw RemoteErrors.Changed(_blob);
        }

        if (offset + count > _hashed)
        {
            _hash.AppendData(buffer[(int)(_hashed - offset)..count]);
            _hashed = offset + count;
            if (_hashed == _blob.Size)
            {
                CheckDigest();
            }
        }

        return count;
    }

    private void CheckDigest()
    {
        Span<byte> hash = stackalloc byte[Digest.HashLength];
        _hash.GetCurrentHash(hash);
        if (new Digest(hash, _hashed) != _blob)
        {
            throw RemoteErrors.Changed(_blob);
        }
    }
}
