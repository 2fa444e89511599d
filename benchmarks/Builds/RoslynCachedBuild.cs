using BuildCache.Benchmarks.Measurement;

namespace BuildCache.Benchmarks.Builds;

/// <summary>Builds a tree with the cache that the compiler has of its own. It works in the compiler server only, so the runner has to have one.</summary>
internal sealed class RoslynCachedBuild(BuildRunner runner, ScratchDirectory scratch)
{
    private string Cache => scratch["roslyn-cache"];

    /// <summary>Builds.</summary>
    /// <param name="isFilled">Whether everything has to be in the cache already.</param>
    /// <exception cref="InvalidOperationException">It was not.</exception>
    public Cost Build(bool isFilled)
    {
        int before = Entries();
        Cost cost = runner.Build([], new Dictionary<string, string?> { ["ROSLYN_CACHE_PATH"] = Cache });
        if (Entries() == 0 || (isFilled && Entries() != before))
        {
            throw new InvalidOperationException($"The compiler's cache had {before} files before the build and {Entries()} after it.");
        }

        return cost;
    }

    private int Entries() => Directory.Exists(Cache) ? Directory.EnumerateFiles(Cache, "*", SearchOption.AllDirectories).Count() : 0;
}
