using BuildCache.Benchmarks.Builds;
using BuildCache.Benchmarks.Generation;
using BuildCache.Benchmarks.Measurement;
using BuildCache.TestServers;
using static BuildCache.Benchmarks.Measurement.MarkdownTable;

namespace BuildCache.Benchmarks.Remote;

/// <summary>Building a solution from servers on this machine, against building it from the folder store.</summary>
/// <remarks>Each build is that of a new machine: nothing is near, no file was hashed before, and nothing is known of packs.</remarks>
internal static class RemoteBuildBenchmark
{
    private const double MostOfFolder = 1.5;
    private const string Folder = "folder";
    private const string Near = "near";
    private const string Prefix = "build";

    /// <summary>Measures and prints two tables.</summary>
    public static Task RunAsync(SolutionShape shape, int runs, string? scratchParent, string? importsFolder) => RemoteBenchmark.WithServersAsync(async servers =>
    {
        using var scratch = new ScratchDirectory(scratchParent);
        var tree = new GeneratedTree(scratch, shape);
        using var runner = new BuildRunner(tree, BuildMode.Plain);
        var build = new CachedBuild(runner, scratch, Path.GetFullPath(importsFolder ?? ImportsFolder.Find()));
        int compilations = shape.Projects + 1;
        (string Name, string? Store)[] stores =
        [
            (Folder, null),
            ("S3, nothing near", $"{scratch[Near]};{servers.S3Uri(Prefix)}"),
            ("REAPI, nothing near", $"{scratch[Near]};{servers.ReapiUri}"),
            ("S3 by itself", servers.S3Uri(Prefix)),
            ("REAPI by itself", servers.ReapiUri),
        ];
        // What is saved goes to all of several stores.
        build.Build(0, compilations, $"{build.OwnStore};{servers.S3Uri(Prefix)};{servers.ReapiUri}");

        void Settle()
        {
            tree.Clean();
            build.ForgetHashes();
            scratch.Discard(Near);
        }

        IReadOnlyDictionary<string, IReadOnlyList<Cost>> costs = Scenario.RunInTurns(
            [.. stores.Select(store => new Scenario(store.Name, Settle, () => build.Build(compilations, 0, store.Store)))], runs, warmUps: 1);
        var table = new MarkdownTable("all hits from", "wall s", "CPU s", "wall, of the folder", "CPU, of the folder");
        foreach ((string name, IReadOnlyList<Cost> of) in costs)
        {
            string OfFolder(Func<Cost, double> figure)
            {
                double ratio = Scenario.Ratio(of, costs[Folder], figure);
                return name.EndsWith(Near, StringComparison.Ordinal) ? Ratio(ratio, MostOfFolder) : Number(ratio);
            }

            table.Add(name, Number(Median.Of(of.Select(cost => cost.WallSeconds))), Number(Median.Of(of.Select(cost => cost.CpuSeconds))),
                OfFolder(cost => cost.WallSeconds), OfFolder(cost => cost.CpuSeconds));
        }

        Console.WriteLine($"### Builds of all hits ({shape.Projects} libraries of {shape.Classes} classes on {shape.Depth} levels and a program; {runs} rounds)\n\n{table}\n");

        var requests = new MarkdownTable("all hits from", "requests", "what they were");
        foreach ((string name, Task<FaultProxy> starting, Func<Uri, string> uri) in ((string, Task<FaultProxy>, Func<Uri, string>)[])
        [
            (stores[1].Name, FaultProxy.StartAsync(servers.S3), address => RemoteBenchmark.Servers.S3UriAt(address, Prefix)),
            (stores[2].Name, FaultProxy.StartForGrpcAsync(servers.Reapi), RemoteBenchmark.Servers.ReapiUriAt),
        ])
        {
            await using FaultProxy proxy = await starting;
            Settle();
            build.Build(compilations, 0, $"{scratch[Near]};{uri(proxy.Address)}");
            IReadOnlyList<SeenRequest> seen = proxy.Requests.ToList();
            requests.Add(name, $"{seen.Count}", string.Join(", ", seen.CountBy(LookupTrips.Kind).Select(kind => $"{kind.Value} {kind.Key}")));
        }

        Console.WriteLine($"{requests}\n");
    });
}
