namespace BuildCache.Sources;

/// <summary>Does the same with many sources, several at a time.</summary>
public static class SourceBatch
{
    // Each takes a disk, a network and perhaps a process; more of them wait for each other.
    private const int AtOnce = 8;

    /// <summary>Does something with each source. One that fails leaves the others alone.</summary>
    /// <param name="sources">The sources.</param>
    /// <param name="work">What to do.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>For each, in their order, the result, or why there is none: an error that names the source.</returns>
    public static async ValueTask<IReadOnlyList<(T? Result, BuildCacheException? Failure)>> RunAsync<T>(
        IReadOnlyList<SourceDeclaration> sources, Func<SourceDeclaration, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken = default)
        where T : class
    {
        var results = new (T?, BuildCacheException?)[sources.Count];
        await Parallel.ForAsync(0, sources.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (i, token) =>
        {
            try
            {
                results[i] = (await work(sources[i], token), null);
            }
            catch (BuildCacheException error)
            {
                results[i] = (null, sources[i].About(error));
            }
        });
        return results;
    }
}
