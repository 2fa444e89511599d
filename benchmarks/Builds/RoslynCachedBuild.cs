using BuildCache.Benchmarks.Measurement;

namespace BuildCache.Benchmarks.Builds;

/// <summary>Builds a tree with the cache that the compiler has of its own. It works in the compiler server only.</summary>
internal sealed class RoslynCachedBuild(GeneratedTree tree, ScratchDirectory scratch)
{
    private string Cache => scratch["roslyn-cache"];

    /// <summary>Builds, with a compiler server that starts and ends with the build.</summary>
    /// <param name="isFilled">Whether everything has to be in the cache already.</param>
    /// <exception cref="InvalidOperationException">It was not.</exception>
    public Cost Build(bool isFilled)
    {
        int before = Entries();
        var server = new CompilerServer();
        Cost build = tree.Build(server.Properties, new Dictionary<string, string?> { ["ROSLYN_CACHE_PATH"] = Cache });
        Cost compiling = server.End();
        if (Entries() == 0 || (isFilled && Entries() != before))
        {
            throw new InvalidOperationException($"The compiler's cache had {before} files before the build and {Entries()} after it.");
        }

        return new Cost(build.UserSeconds + compiling.UserSeconds, build.SystemSeconds + compiling.SystemSeconds, build.WallSeconds);
    }

    private int Entries() => Directory.Exists(Cache) ? Directory.EnumerateFiles(Cache, "*", SearchOption.AllDirectories).Count() : 0;
}
