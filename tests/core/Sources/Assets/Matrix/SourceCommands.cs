using System.Collections.Concurrent;
using System.Globalization;
using BuildCache.Sources;
using BuildCache.TestServers;
using BuildCache.TestServers.Assets;

namespace BuildCache.Tests.Sources.Assets.Matrix;

/// <summary>The whole matrix as a table: <c>sources</c>.</summary>
public static class SourceCommands
{
    private const int CellsAtOnce = 12;

    /// <summary>Runs every cell and prints what happened.</summary>
    /// <returns>0 when every cell is as the policy says.</returns>
    public static async Task<int> MatrixAsync()
    {
        bool isGood = true;
        if (AssetPeerServer.Unavailable is { } noPeer)
        {
            Console.WriteLine($"The peer: skipped, {noPeer}");
        }
        else
        {
            await using AssetPeerServer peer = await AssetPeerServer.StartAsync();
            using PolicyMatrix matrix = PolicyMatrix.With(peer);
            isGood &= await PrintAsync("The peer on the gRPC of C and Python", matrix, [.. ServiceAnswer.OfAll, .. ServiceAnswer.OfPeer]);
        }

        if (BuildboxCasd.Unavailable is { } noCasd)
        {
            Console.WriteLine($"buildbox-casd: skipped, {noCasd}");
        }
        else
        {
            await using BuildboxCasd casd = await BuildboxCasd.StartAsync();
            using PolicyMatrix matrix = PolicyMatrix.WithCasd(casd.Address.Port);
            isGood &= await PrintAsync("buildbox-casd", matrix, ServiceAnswer.OfAll);
        }

        return isGood ? 0 : 1;
    }

    private static async Task<bool> PrintAsync(string server, PolicyMatrix matrix, IReadOnlyList<ServiceAnswer> answers)
    {
        (TrackPolicy Policy, bool Push)[] columns = [.. from policy in Enum.GetValues<TrackPolicy>() from push in (bool[])[false, true] select (policy, push)];
        var outcomes = new ConcurrentDictionary<(ServiceAnswer, TrackPolicy, bool), (CellOutcome? Outcome, string? Wrong)>();
        var cells = from answer in answers from column in columns select (answer, column.Policy, column.Push);
        await Parallel.ForEachAsync(cells, new ParallelOptions { MaxDegreeOfParallelism = CellsAtOnce }, async (cell, _) =>
            outcomes[cell] = await MatrixCell.CheckAsync(matrix, cell.Policy, cell.Push, cell.answer));

        Console.WriteLine($"\n### {server}\n\nWho told the ref > where it was staged from > what became of the push > what a client without git then has of the service\n");
        Console.WriteLine($"| the service answers | {string.Join(" | ", columns.Select(column => column.Policy + (column.Push ? ", push" : "")))} | it was asked (AssetThenNative) | s | what is said (AssetThenNative, without push) |");
        Console.WriteLine($"| --- {string.Concat(Enumerable.Repeat("| --- ", columns.Length))}| --- | --: | --- |");
        foreach (ServiceAnswer answer in answers)
        {
            CellOutcome? told = outcomes[(answer, TrackPolicy.AssetThenNative, false)].Outcome;
            string cellsOfRow = string.Join(" | ", columns.Select(column => Text(outcomes[(answer, column.Policy, column.Push)])));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {answer.Name} | {cellsOfRow} | {told?.Calls} | {told?.Seconds:0.0} | {Short(told?.Said)} |"));
        }

        string[] wrong = [.. outcomes.Values.Select(outcome => outcome.Wrong).OfType<string>()];
        Console.WriteLine($"\n{outcomes.Count} cells ran, {outcomes.Count - wrong.Length} as the policy says.");
        wrong.ToList().ForEach(Console.WriteLine);
        return wrong.Length == 0;
    }

    private static string Text((CellOutcome? Outcome, string? Wrong) cell) => cell.Outcome is not { } outcome ? "**failed**"
        : (cell.Wrong is null ? "" : "**wrong:** ") + string.Join(" > ", ((string[])[outcome.TrackedBy, outcome.StagedFrom, outcome.Pushed, outcome.Others]).Where(part => part.Length > 0));

    private static string Short(string? text) => text is null ? "" : text.Replace("|", "\\|", StringComparison.Ordinal) is { Length: > 300 } longer ? longer[..300] + "…" : text;
}
