using Amazon.S3.Model;

namespace BuildCache.Stores.S3;

/// <summary>The content of an object as it arrives. What breaks off, or stands still for too long, is a <see cref="BrokenOffException"/>.</summary>
internal sealed class S3Body(GetObjectResponse answer, long total) : IDisposable
{
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(30);

    /// <summary>How long the whole object is.</summary>
    public long Total => total;

    public string ETag => answer.ETag;

    /// <summary>Reads as much as there is by now; none at the end.</summary>
    public async ValueTask<int> ReadSomeAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_longestPause);
        try
        {
            return await answer.ResponseStream.ReadAsync(destination, patience.Token);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            // The SDK wraps the stream, and what it throws when a connection ends varies.
            throw new BrokenOffException(error is OperationCanceledException ? "What was being read stood still." : error.Message);
        }
    }

    /// <summary>Fills a buffer.</summary>
    public async ValueTask ReadAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        while (!destination.IsEmpty)
        {
            int count = await ReadSomeAsync(destination, cancellationToken);
            destination = count > 0 ? destination[count..] : throw new BrokenOffException("What was being read broke off.");
        }
    }

    public void Dispose() => answer.Dispose();
}

/// <summary>An answer that ended too early: it says nothing about what is stored, and is asked for again.</summary>
internal sealed class BrokenOffException(string message) : IOException(message);
