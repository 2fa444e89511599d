using System.Runtime.ExceptionServices;

namespace BuildCache.Files;

/// <summary>Does something with many files, one for each processor at a time.</summary>
internal static class ParallelFiles
{
    /// <summary>Does it with each of them. When one fails, no other is begun.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="action">Is given the number of one.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="BuildCacheException">What the first of them failed with that failed so; else any other of their exceptions, as it was.</exception>
    public static void For(int count, Action<int> action, CancellationToken cancellationToken)
    {
        // A second thread has to be worth its start.
        if (count <= 4)
        {
            for (int i = 0; i < count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                action(i);
            }

            return;
        }

        try
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken }, action);
        }
        catch (AggregateException errors)
        {
            ExceptionDispatchInfo.Throw(errors.InnerExceptions.OfType<BuildCacheException>().FirstOrDefault() ?? errors.InnerExceptions[0]);
        }
    }
}
