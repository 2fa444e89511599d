using System.Collections.Concurrent;
using BuildCache.Sources;
using BuildCache.TestServers;
using BuildCache.TestServers.Assets;

namespace BuildCache.Tests.Sources.Assets.Matrix;

/// <summary>Every policy times every answer gives what the policy says. The command <c>sources</c> of the test program runs the rest too, and prints the table.</summary>
public sealed class PolicyMatrixTests
{
    private const int CellsAtOnce = 12;

    [Fact]
    public async Task Of_a_peer_on_another_stack()
    {
        Assert.SkipUnless(AssetPeerServer.Unavailable is null, AssetPeerServer.Unavailable ?? "");
        await using AssetPeerServer peer = await AssetPeerServer.StartAsync(TestContext.Current.CancellationToken);
        using PolicyMatrix matrix = PolicyMatrix.With(peer);
        await CheckAsync(matrix, [.. ServiceAnswer.OfAll, .. ServiceAnswer.OfPeer.Where(answer => !answer.IsSlow)]);
    }

    [Fact]
    public async Task Of_a_real_server()
    {
        Assert.SkipUnless(BuildboxCasd.Unavailable is null, BuildboxCasd.Unavailable ?? "");
        await using BuildboxCasd casd = await BuildboxCasd.StartAsync(TestContext.Current.CancellationToken);
        using PolicyMatrix matrix = PolicyMatrix.WithCasd(casd.Address.Port);
        await CheckAsync(matrix, ServiceAnswer.OfAll);
    }

    private static async Task CheckAsync(PolicyMatrix matrix, IEnumerable<ServiceAnswer> answers)
    {
        var wrong = new ConcurrentQueue<string>();
        // Who asks the source alone does not hear what the service would say. A push takes a fetch with git before it, so only where it
        // is what matters.
        TrackPolicy[] policies = [TrackPolicy.AssetThenNative, TrackPolicy.AssetOnly];
        var cells = from answer in answers
                    from policy in policies
                    select (answer, Policy: policy, Push: policy == TrackPolicy.AssetThenNative && (answer.Staged == "origin" || !answer.IsKnown || !answer.TakesPush));
        await Parallel.ForEachAsync(cells, new ParallelOptions { MaxDegreeOfParallelism = CellsAtOnce }, async (cell, _) =>
        {
            if (await MatrixCell.CheckAsync(matrix, cell.Policy, cell.Push, cell.answer) is { Wrong: { } difference })
            {
                wrong.Enqueue(difference);
            }
        });
        Assert.Empty(wrong);
    }
}
