using System.Globalization;

namespace BuildCache.Tests.Stores;

/// <summary>One of several processes that use a store at the same time: this test program, started with <c>worker</c>.</summary>
public static class WorkerProcess
{
    /// <summary>Works on the store for some seconds and prints how often it found something, then what went wrong.</summary>
    /// <param name="arguments">The store, a scratch directory, a seed, the seconds, and whether blobs vanish.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var hammer = new StoreHammer(arguments[0], arguments[1], int.Parse(arguments[2], CultureInfo.InvariantCulture), bool.Parse(arguments[4]));
        await hammer.RunAsync(TimeSpan.FromSeconds(double.Parse(arguments[3], CultureInfo.InvariantCulture)));
        Console.WriteLine(hammer.Hits);
        foreach (string error in hammer.Errors)
        {
            Console.WriteLine(error);
        }

        return hammer.Errors.Count == 0 ? 0 : 1;
    }
}
