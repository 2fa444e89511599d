using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace BuildCache.Stores;

/// <summary>Reads what a long list names, several at a time, and hands it out as it comes.</summary>
internal static class ReadAhead
{
    private const int Waiting = 64;

    /// <summary>Reads each of the items.</summary>
    /// <param name="items">The items. They are asked for no faster than they are read.</param>
    /// <param name="parallel">How many are read at the same time.</param>
    /// <param name="read">Reads one; <see langword="null"/> when it is not there any more.</param>
    /// <param name="cancellationToken">Stops all of it.</param>
    /// <returns>What was read, in no order. What the list or a reading fails with comes instead of the end.</returns>
    public static async IAsyncEnumerable<TResult> UnorderedAsync<TItem, TResult>(
        IAsyncEnumerable<TItem> items, int parallel, Func<TItem, CancellationToken, ValueTask<TResult?>> read, [EnumeratorCancellation] CancellationToken cancellationToken)
        where TResult : class
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var results = Channel.CreateBounded<TResult>(Waiting);
        Task reading = Task.Run(async () =>
        {
            Exception? failure = null;
            try
            {
                await Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = stop.Token }, async (item, cancellationToken) =>
                {
                    if (await read(item, cancellationToken) is { } result)
                    {
                        await results.Writer.WriteAsync(result, cancellationToken);
                    }
                });
            }
            catch (Exception error)
            {
                failure = error;
            }

            results.Writer.Complete(failure);
        }, CancellationToken.None);
        try
        {
            await foreach (TResult result in results.Reader.ReadAllAsync(cancellationToken))
            {
                yield return result;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await reading;
        }
    }
}
