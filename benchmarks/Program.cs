using BuildCache.Benchmarks;
using BuildCache.Benchmarks.Builds;
using BuildCache.Benchmarks.Commands;
using BuildCache.Benchmarks.Generation;
using BuildCache.Benchmarks.Lookups;
using BuildCache.Benchmarks.Pruning;
using BuildCache.Benchmarks.Remote;
using BuildCache.Benchmarks.Sources;
using BuildCache.Benchmarks.Trees;
using BuildCache.Benchmarks.Volumes;

const string Usage = """
    Usage: BuildCache.Benchmarks COMMAND [--runs N] [--scratch DIR]

      all                          everything below, as Markdown
      build [--projects N --classes M --depth D] [--imports DIR] [--only PART] [--mode MODE,…]
                                   builds with and without the cache; PART is hits, misses, noop, shares, roslyn or
                                   modes, MODE is plain, compiler-server, m2, mt or server
      hit-cost [--projects N --classes M --depth D] [--imports DIR]
                                   where the time of a hit goes
      tree                         saving and restoring directories
      lookup                       finding entries
      command                      a hit of a cached command over many input files
      prune                        pruning a folder of many entries to half
      volumes                      getting volumes that are there
      remote                       S3 and REAPI servers on this machine, fetched as the tests fetch them
      remote-build [--projects N --classes M --depth D] [--imports DIR]
                                   builds of all hits from them
      sources                      refs from an asset service and from far origins, staging from the cache
      generate --out DIR [--projects N --classes M --depth D]
                                   writes a C# solution and stops

      tree-save DIR STORE          one save, as measured by 'tree'
      tree-restore STORE DIR       one restore, likewise
      prune-walk STORE, prune-plan, prune-run STORE SIZE
                                   a walk and a pruning, as measured by 'prune'
      s3-get, s3-get-many, bytestream-read ENDPOINT NAMES DIR
                                   bare clients, as measured by 'remote'

    --runs     rounds of which the median counts, 5 unless said otherwise
    --scratch  where to work: the disk that is measured; the temporary directory unless said otherwise
    --imports  the folder with BuildCache.MSBuild.targets; out/msbuild/build of this repository unless said otherwise
    """;

try
{
    var line = new CommandLine(args);
    var shape = new SolutionShape(line.Number("projects", 30), line.Number("classes", 60), line.Number("depth", 5));
    int runs = line.Number("runs", 5);
    string? scratch = line.Text("scratch");
    switch (line)
    {
        case { Command: "generate" } when line.Text("out") is { } directory:
            new SolutionGenerator(shape).Write(Path.GetFullPath(directory));
            break;
        case { Command: "build" }:
            BuildBenchmark.Run(shape, runs, scratch, line.Text("imports"), BuildPartsOption.Parse(line.Text("only"), line.Text("mode")));
            break;
        case { Command: "hit-cost" }:
            HitCostBenchmark.Run(shape, runs, scratch, line.Text("imports"));
            break;
        case { Command: "tree" }:
            TreeBenchmark.Run(runs, scratch);
            break;
        case { Command: "lookup" }:
            await LookupBenchmark.RunAsync(runs, scratch);
            break;
        case { Command: "command" }:
            await CommandBenchmark.RunAsync(runs, scratch);
            break;
        case { Command: "prune" }:
            await PruneBenchmark.RunAsync(runs, scratch);
            break;
        case { Command: "volumes" }:
            VolumeBenchmark.Run(runs, scratch);
            break;
        case { Command: "prune-walk", Operands: [var store] }:
            PruneCommands.Walk(store);
            break;
        case { Command: "prune-plan" or "prune-run", Operands: [var store, var size] }:
            await PruneCommands.PruneAsync(store, size, isPlan: line.Command == "prune-plan");
            break;
        case { Command: "remote" }:
            await RemoteBenchmark.RunAsync(runs, scratch);
            break;
        case { Command: "remote-build" }:
            await RemoteBuildBenchmark.RunAsync(shape, runs, scratch, line.Text("imports"));
            break;
        case { Command: "sources" }:
            await SourceBenchmark.RunAsync(runs, scratch);
            break;
        case { Command: "all" }:
            BuildBenchmark.Run(shape, runs, scratch, line.Text("imports"), BuildPartsOption.Parse(line.Text("only"), line.Text("mode")));
            TreeBenchmark.Run(runs, scratch);
            await LookupBenchmark.RunAsync(runs, scratch);
            VolumeBenchmark.Run(runs, scratch);
            await CommandBenchmark.RunAsync(runs, scratch);
            break;
        case { Command: "tree-save", Operands: [var directory, var store] }:
            await TreeCommands.SaveAsync(directory, store);
            break;
        case { Command: "s3-get", Operands: [var endpoint, var names, var directory] }:
            await BareClients.DownloadAsync(endpoint, names, directory);
            break;
        case { Command: "s3-get-many", Operands: [var endpoint, var names, var directory] }:
            await BareClients.DownloadManyAsync(endpoint, names, directory);
            break;
        case { Command: "bytestream-read", Operands: [var endpoint, var digests, var directory] }:
            await BareClients.ReadStreamsAsync(endpoint, digests, directory);
            break;
        case { Command: "tree-restore", Operands: [var store, var directory] }:
            await TreeCommands.RestoreAsync(store, directory);
            break;
        default:
            throw new ArgumentException($"'{line.Command}' is no command, or lacks what it needs.");
    }

    return 0;
}
catch (ArgumentException error)
{
    Console.Error.WriteLine(error.Message);
    Console.Error.WriteLine(Usage);
    return 2;
}
