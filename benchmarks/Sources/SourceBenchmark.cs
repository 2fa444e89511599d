namespace BuildCache.Benchmarks.Sources;

/// <summary>What sources cost: their refs from an asset service and from their origins, and their content from the cache.</summary>
internal static class SourceBenchmark
{
    /// <summary>Measures and prints tables.</summary>
    public static async Task RunAsync(int runs, string? scratchParent)
    {
        await ResolvingSources.RunAsync(runs, scratchParent);
        await AskingOrigins.RunAsync(runs, scratchParent);
        await StagingSources.RunAsync(runs, scratchParent);
    }
}
