using System.Globalization;
using BuildCache.Benchmarks.Measurement;
using BuildCache.Content.Wire;
using BuildCache.RemoteApis;
using BuildCache.Sources;
using BuildCache.Sources.Assets;
using BuildCache.Sources.Tracking;
using BuildCache.Stores;
using BuildCache.Stores.RemoteExecution;
using BuildCache.TestServers;
using BuildCache.TestServers.Assets;
using static BuildCache.Benchmarks.Measurement.MarkdownTable;

namespace BuildCache.Benchmarks.Sources;

/// <summary>The refs of many sources from an asset service, against as many bare calls.</summary>
internal static class ResolvingSources
{
    private const int Sources = 500;
    private const int CallsAtOnce = 64;
    private const double MostOfBare = 2;
    private const string Commit = "1111111111111111111111111111111111111111";
    private static readonly SourcePlaces s_places = new(new SourceAliases(new Dictionary<string, string> { ["here"] = "https://git.example.org/" }), []);
    private static readonly GrpcMethod<FetchDirectoryRequest, FetchDirectoryResponse> s_fetch =
        new("build.bazel.remote.asset.v1.Fetch/FetchDirectory", FetchDirectoryResponse.Parser);

    /// <summary>Measures and prints a table.</summary>
    public static async Task RunAsync(int runs, string? scratchParent)
    {
        using var scratch = new ScratchDirectory(scratchParent);
        System.IO.Directory.CreateDirectory(scratch["staged"]);
        await File.WriteAllTextAsync(Path.Combine(scratch["staged"], "a.txt"), "a");
        var table = new MarkdownTable("service", "500 of", "wall s", "CPU s of the client", "wall, of the bare calls");
        await using (BuildboxCasd casd = await BuildboxCasd.StartAsync())
        {
            await MeasureAsync("buildbox-casd, which tells no commits", string.Create(CultureInfo.InvariantCulture, $"grpc://127.0.0.1:{casd.Address.Port}"), runs, scratch["staged"], table);
        }

        await using (AssetPeerServer peer = await AssetPeerServer.StartAsync())
        {
            await MeasureAsync("the tests' peer, which tells them", peer.UriOf(""), runs, scratch["staged"], table);
        }

        Console.WriteLine($"### Refs of {Sources} sources from an asset service, {CallsAtOnce} calls at once ({runs} rounds)\n\n{table}\n");
    }

    private static async Task MeasureAsync(string service, string uri, int runs, string staged, MarkdownTable table)
    {
        SourceDeclaration[] sources = [.. Enumerable.Range(0, Sources).Select(i => new SourceDeclaration($"library{i}", "git", $"here:library{i}") { Track = "main" })];
        AssetQuestion[] questions = [.. sources.Select(source => new AssetQuestion(source, SourceKinds.Of(source), s_places.All(source.Url)))];
        using (AssetService pushing = AssetService.Open(uri))
        {
            await Parallel.ForEachAsync(questions, async (question, token) =>
                await pushing.Directories.PushAsync(question with { Source = question.Source with { Ref = Commit } }, staged, new FetchedSource([]), DateTimeOffset.UtcNow, token));
        }

        const string bare = "bare `FetchDirectory` calls", first = "refs, by a client that is new to it", later = "refs, by one that asked before";
        using AssetService known = AssetService.Open(uri);
        void Nothing()
        {
        }

        IReadOnlyDictionary<string, IReadOnlyList<Cost>> costs = Scenario.RunInTurns(
        [
            new(bare, Nothing, () => OwnCost.Of(() => CallAsync(uri, questions))),
            new(first, Nothing, () => OwnCost.Of(async () =>
            {
                using AssetService opened = AssetService.Open(uri);
                await TrackAsync(opened, sources);
            })),
            new(later, Nothing, () => OwnCost.Of(() => TrackAsync(known, sources))),
        ], runs, warmUps: 2);
        foreach ((string name, IReadOnlyList<Cost> of) in costs)
        {
            table.Add(service, name, Number(Median.Of(of.Select(cost => cost.WallSeconds)), "0.000"), Number(Median.Of(of.Select(cost => cost.CpuSeconds)), "0.000"),
                name == bare ? "1" : Ratio(Scenario.Ratio(of, costs[bare], cost => cost.WallSeconds), MostOfBare));
        }
    }

    private static async Task CallAsync(string uri, AssetQuestion[] questions)
    {
        using var channel = new GrpcChannel(RemoteStoreUri.Endpoint(StoreUri.Parse(uri)));
        await Parallel.ForAsync(0, questions.Length, new ParallelOptions { MaxDegreeOfParallelism = CallsAtOnce }, async (i, token) =>
        {
            var request = new FetchDirectoryRequest();
            request.Uris.Add(questions[i].Uris);
            request.Qualifiers.Add(questions[i].Kind.QualifiersOf(questions[i].Source).Select(qualifier => new Qualifier { Name = qualifier.Name, Value = qualifier.Value }));
            FetchDirectoryResponse answer = await channel.CallAsync(s_fetch, request, token);
            if (answer.RootDirectoryDigest is null)
            {
                throw new InvalidOperationException("The service does not have what was pushed.");
            }
        });
    }

    private static async Task TrackAsync(AssetService service, SourceDeclaration[] sources)
    {
        IReadOnlyList<TrackResult> results = await new SourceTracker(s_places, service) { Policy = TrackPolicy.AssetThenNative }.TrackAsync(sources);
        if (results.FirstOrDefault(result => result.Tracked?.Ref != Commit) is { } wrong)
        {
            throw new InvalidOperationException($"{wrong.Source}: {wrong.Failure?.Message ?? wrong.Tracked?.Ref}");
        }
    }
}
