using System.Diagnostics;
using System.Globalization;
using BuildCache.Benchmarks.Measurement;
using BuildCache.Sources;
using BuildCache.Sources.Tracking;
using BuildCache.TestServers.Git;
using static BuildCache.Benchmarks.Measurement.MarkdownTable;

namespace BuildCache.Benchmarks.Sources;

/// <summary>The branches of many repositories at far servers, all at once, against one after the other.</summary>
internal static class AskingOrigins
{
    private const int Sources = 50;

    /// <summary>Measures and prints a table.</summary>
    public static async Task RunAsync(int runs, string? scratchParent)
    {
        using var scratch = new ScratchDirectory(scratchParent);
        string repository = scratch["origin/library"];
        Directory.CreateDirectory(repository);
        MeasuredProcess.Run("sh", ["-c", """
            git init --quiet --initial-branch=main "$1" && cd "$1" && git -c user.name=b -c user.email=b@example.org commit --quiet --allow-empty -m a &&
            git update-server-info && for i in $(seq 0 49); do ln -s library/.git ../library$i; done
            """, "sh", repository]);
        // Plain files: what a repository's own server computes would be computed on this machine.
        await using GitHttpServer server = await GitHttpServer.StartAsync(scratch["origin"], isSmart: false);
        // What the processes of git take here in any case.
        List<double> processes = [];
        for (int round = 0; round <= runs; round++)
        {
            processes.Add(await TrackAsync(server, Enumerable.Range(0, Sources)));
        }

        var table = new MarkdownTable("each request waits", "the slowest alone s", "one after the other s", "all at once s", "of the slowest", "all at once without waiting s");
        foreach ((string name, int milliseconds, int slowest) in ((string, int, int)[])[("200 ms", 200, 200), ("200 ms, at one repository 2 s", 200, 2000)])
        {
            server.Delay = path => TimeSpan.FromMilliseconds(path.StartsWith("/library7/", StringComparison.Ordinal) ? slowest : milliseconds);
            double sum = 0;
            for (int i = 0; i < Sources; i++)
            {
                sum += await TrackAsync(server, [i]);
            }

            List<(double Slowest, double All)> rounds = [];
            for (int round = 1; round <= runs; round++)
            {
                rounds.Add((await TrackAsync(server, [7]), await TrackAsync(server, Enumerable.Range(0, Sources))));
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"round {round} of {runs}: {name}: {rounds[^1].All:0.00} s"));
            }

            table.Add(name, Number(Median.Of(rounds.Select(round => round.Slowest))), Number(sum), Number(Median.Of(rounds.Select(round => round.All))),
                Number(Median.Of(rounds.Select(round => round.All / round.Slowest))), Number(Median.Of(processes.Skip(1))));
        }

        Console.WriteLine($"### Branches of {Sources} repositories at their origins ({runs} rounds)\n\n{table}\n");
    }

    private static async Task<double> TrackAsync(GitHttpServer server, IEnumerable<int> numbers)
    {
        var places = new SourcePlaces(new SourceAliases(new Dictionary<string, string> { ["here"] = server.Url }), []);
        var watch = Stopwatch.StartNew();
        IReadOnlyList<TrackResult> results = await new SourceTracker(places).TrackAsync([.. numbers.Select(i => new SourceDeclaration($"library{i}", "git", $"here:library{i}") { Track = "main" })]);
        return results.FirstOrDefault(result => result.Tracked is null) is { } wrong ? throw new InvalidOperationException(wrong.Failure!.Message) : watch.Elapsed.TotalSeconds;
    }
}
