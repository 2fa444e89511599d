using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.Win32.SafeHandles;

namespace BuildCache.Stores.GitHubActions;

/// <summary>How a read went, when the peer could say.</summary>
internal enum ReadOutcome
{
    /// <summary>It was read.</summary>
    Read,

    /// <summary>There is nothing where the URL leads.</summary>
    NotThere,

    /// <summary>The URL is not, or no longer, good.</summary>
    Refused,
}

/// <summary>What a read gave.</summary>
internal readonly record struct ReadResult<T>(ReadOutcome Outcome, T? Value = default);

/// <summary>Gets content from where a signed URL says. A body that ends early is a failure of the transport and says nothing of the content.</summary>
internal sealed class ArchiveReader(ServiceHttp http, Attempts attempts, SemaphoreSlim transfers)
{
    private const int BufferSize = 128 * 1024;

    /// <summary>Reads all, if it is no longer than allowed; else the value is <see langword="null"/>.</summary>
    public ValueTask<ReadResult<byte[]>> ReadAsync(Uri url, int most, CancellationToken cancellationToken) =>
        GetAsync(url, () => new RangeHeaderValue(0, most - 1), async (response, patience) =>
        {
            // Asked for as a part, because then the answer says how long it is: a body that was cut is told from one that is short.
            long there = LengthOfPart(response, 0, most);
            byte[]? content = LengthOf(response) > most ? null : there == 0 ? [] : await BoundedBody.ReadAsync(response, most, patience);
            return content is null || content.Length == there ? content : throw new TransientFault("its answer was cut off");
        }, cancellationToken);

    /// <summary>Reads a part; the value is how much of it there is.</summary>
    public ValueTask<ReadResult<int>> ReadAsync(Uri url, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        GetAsync(url, () => new RangeHeaderValue(offset, offset + destination.Length - 1), async (response, patience) =>
        {
            int there = (int)LengthOfPart(response, offset, destination.Length);
            await BoundedBody.ReadExactlyAsync(response, destination[..there], patience);
            return there;
        }, cancellationToken);

    /// <summary>Reads a part into a file; the value is whether there is as much.</summary>
    public ValueTask<ReadResult<bool>> ReadAsync(Uri url, long offset, long length, SafeFileHandle file, CancellationToken cancellationToken)
    {
        // What arrived before a cut stays; only the rest is asked for again.
        long done = 0;
        return GetAsync(url, () => new RangeHeaderValue(offset + done, offset + length - 1), async (response, patience) =>
        {
            if (LengthOfPart(response, offset + done, length - done) < length - done)
            {
                return false;
            }

            await using Stream stream = await response.Content.ReadAsStreamAsync(patience.Token);
            byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            try
            {
                while (done < length)
                {
                    int count = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(BufferSize, length - done)), patience.Token);
                    if (count == 0)
                    {
                        throw new TransientFault("its answer was cut off");
                    }

                    patience.Renew();
                    Write(file, buffer.AsSpan(0, count), offset + done);
                    done += count;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }

            return true;
        }, cancellationToken);
    }

    private async ValueTask<ReadResult<T>> GetAsync<T>(
        Uri url, Func<RangeHeaderValue?> range, Func<HttpResponseMessage, Patience, ValueTask<T?>> read, CancellationToken cancellationToken)
    {
        await transfers.WaitAsync(cancellationToken);
        try
        {
            return await attempts.RunAsync("give an archive", async cancellationToken =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, url);
                request.Headers.Range = range();
                return await http.SendAsync(request, async (response, patience) =>
                {
                    ServiceHttp.ThrowIfInTrouble(response);
                    return response.StatusCode switch
                    {
                        HttpStatusCode.OK or HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable =>
                            new ReadResult<T>(ReadOutcome.Read, await read(response, patience)),
                        HttpStatusCode.NotFound => new ReadResult<T>(ReadOutcome.NotThere),
                        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new ReadResult<T>(ReadOutcome.Refused),
                        HttpStatusCode status => throw new BuildCacheException(ErrorId.StoreUnavailable,
                            $"The storage behind GitHub's cache service refused to give an archive with the status {(int)status}. Try again later."),
                    };
                }, cancellationToken);
            }, cancellationToken);
        }
        finally
        {
            transfers.Release();
        }
    }

    /// <summary>How much of a part the answer has: less only when the content definitely ends before.</summary>
    private static long LengthOfPart(HttpResponseMessage response, long offset, long wanted)
    {
        ContentRangeHeaderValue? range = response.Content.Headers.ContentRange;
        switch (response.StatusCode)
        {
            case HttpStatusCode.RequestedRangeNotSatisfiable:
                return 0;
            case HttpStatusCode.OK when offset == 0:
                return response.Content.Headers.ContentLength is { } whole ? Math.Min(whole, wanted) : throw NoRanges();
            case HttpStatusCode.PartialContent when range is { HasRange: true, HasLength: true } && range.From == offset:
                long there = Math.Min(wanted, range.Length!.Value - offset);
                return range.To >= offset + there - 1 ? there : throw new TransientFault("it gave less than was asked for");
            default:
                throw NoRanges();
        }
    }

    /// <summary>How long all of the content is that the answer has a part of.</summary>
    private static long LengthOf(HttpResponseMessage response) =>
        response.Content.Headers.ContentRange?.Length ?? response.Content.Headers.ContentLength ?? 0;

    private static BuildCacheException NoRanges() => new(ErrorId.StoreUnsuitable,
        "The storage behind GitHub's cache service does not give parts of an archive. Check what stands between this machine and it.");

    // Not to be taken for a failure of the connection, and tried again.
    private static void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        try
        {
            RandomAccess.Write(file, bytes, offset);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BuildCacheException(ErrorId.StoreUnavailable, $"What was restored cannot be written: {error.Message} Check the free space of the disk.", error);
        }
    }
}
