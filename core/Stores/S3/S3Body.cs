using Amazon.S3.Model;

namespace BuildCache.Stores.S3;

/// <summary>The content of an object as it arrives. What breaks off, or stands still for too long, is a <see cref="BrokenOffException"/>.</summary>
internal sealed class S3Body(GetObjectResponse answer, long total) : IDisposable
{
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(30);

    /// <summary>How long the whole object is.</summary>
    public long Total => total;

    public string ETag => answer.ETag;

    /// <summary>Fills a buffer.</summary>
    public async ValueTask ReadAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            while (!destination.IsEmpty)
            {
                patience.CancelAfter(s_longestPause);
                int count = await answer.ResponseStream.ReadAsync(destination, patience.Token);
                destination = count > 0 ? destination[count..] : throw new BrokenOffException("What was being read broke off.");
            }
        }
        catch (Exception error) when (error is not BrokenOffException && !cancellationToken.IsCancellationRequested)
        {
            // The SDK wraps the stream, and what it throws when a connection ends varies.
            throw new BrokenOffException(error is OperationCanceledException ? "What was being read stood still." : error.Message);
        }
    }

    public void Dispose() => answer.Dispose();
}

/// <summary>An answer that ended too early: it says nothing about what is stored, and is asked for again.</summary>
internal sealed class BrokenOffException(string message) : IOException(message);
