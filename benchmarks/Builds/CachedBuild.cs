using System.Text.Json;
using BuildCache.Benchmarks.Measurement;

namespace BuildCache.Benchmarks.Builds;

/// <summary>Builds a tree with BuildCache and checks what the cache did. All builds of one scratch directory share one cache.</summary>
internal sealed class CachedBuild(BuildRunner runner, ScratchDirectory scratch, string imports)
{
    private const string Home = "home";
    private const string Store = "store";

    /// <summary>The store of its own.</summary>
    public string OwnStore => scratch[Store];

    /// <summary>Forgets everything: entries and hashes.</summary>
    public void Forget()
    {
        scratch.Discard(Home);
        scratch.Discard(Store);
    }

    /// <summary>Forgets the hashes of files, as on another machine that shares the store.</summary>
    public void ForgetHashes() => scratch.Discard(Home);

    /// <summary>Builds.</summary>
    /// <param name="hits">How many compilations have to come from the cache.</param>
    /// <param name="misses">How many have to be compiled.</param>
    /// <param name="store">Another store than its own; several with <c>;</c> between them.</param>
    /// <param name="switches">More for the command line.</param>
    /// <exception cref="InvalidOperationException">Others did.</exception>
    public Cost Build(int hits, int misses, string? store = null, IEnumerable<string>? switches = null)
    {
        string report = scratch["report.json"];
        File.Delete(report);
        Cost cost = runner.Build(
            [$"BuildCacheImports={imports}/", $"BuildCacheStore={(store ?? OwnStore).Replace(";", "%3B", StringComparison.Ordinal)}", $"BuildCacheReport={report}"],
            new Dictionary<string, string?> { ["BUILDCACHE_HOME"] = scratch[Home] }, switches);
        (int Hits, int Misses, int Others) counted = File.Exists(report) ? Read(report) : (0, 0, 0);
        return counted == (hits, misses, 0)
            ? cost
            : throw new InvalidOperationException($"The build should have had {hits} hits and {misses} misses; its report says (hits, misses, others): {counted}.");
    }

    /// <summary>Copies a folder of imports without the tools that were compiled ahead of time.</summary>
    /// <returns>The folder to import from.</returns>
    public static string WithoutReadyToRun(string imports, string destination)
    {
        string layout = Path.GetDirectoryName(imports)!;
        foreach (string part in new[] { Path.GetFileName(imports), Path.Combine("tools", "any") })
        {
            Directory.CreateDirectory(Path.Combine(destination, part));
            foreach (string file in Directory.EnumerateFiles(Path.Combine(layout, part)))
            {
                File.Copy(file, Path.Combine(destination, part, Path.GetFileName(file)));
            }
        }

        return Path.Combine(destination, Path.GetFileName(imports));
    }

    private static (int Hits, int Misses, int Others) Read(string report)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(report));
        int Count(string name) => document.RootElement.GetProperty(name).GetInt32();
        return (Count("hits"), Count("misses"), Count("bypassed") + Count("failed") + Count("audited"));
    }
}
