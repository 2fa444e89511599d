using System.Security.Cryptography;
using BuildCache.Tests.Support;
using BuildCache.TestServers;

namespace BuildCache.Tests.Stores.S3;

/// <summary>Faults that pass. Apart from the others, which run beside them: each waits before it tries again.</summary>
public sealed class S3PassingFaultTests(S3Servers servers)
{
    private static readonly byte[][] s_files = [[1], [], RandomNumberGenerator.GetBytes(5000), RandomNumberGenerator.GetBytes(3_000_000), RandomNumberGenerator.GetBytes(17_000_000)];

    public static TheoryData<string, Fault> Passing => new()
    {
        { "cut before", Fault.Cut.OneIn(3) },
        { "answer lost", Fault.LoseAnswer.OneIn(3) },
        { "cut in the middle", Fault.CutMiddle(1000).For(IsGet).OneIn(2) },
        { "truncated", Fault.Truncate(1).For(IsGet).OneIn(2) },
        // Of two objects that are read side by side, every second answer might always be that of the same one.
        { "corrupted", Fault.Corrupt().For(IsGet).OneIn(5) },
        { "500", Fault.Status(500).OneIn(3) },
        { "503", Fault.Status(503).OneIn(3) },
        { "429", Fault.Status(429).OneIn(3) },
    };

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task What_passes_is_not_noticed(string what, Fault fault)
    {
        Assert.NotEmpty(what);
        await using S3Rig rig = await S3Rig.StartAsync(servers, S3Servers.Moto);
        rig.Proxy.Fault = fault;
        await rig.SaveAsync(Rig.Key("a"), s_files);
        Assert.Equal(s_files, await rig.LoadAsync(Rig.Key("a"), rig.Open()));
        await rig.SaveAsync(Rig.Key("b"), s_files, rig.Open());
        Assert.Equal(s_files, await rig.LoadAsync(Rig.Key("c"), rig.Open(), Rig.Key("b")));

        Assert.InRange(rig.Proxy.FaultsApplied, 1, 1000);
        Assert.Equal(2, (await rig.NamesAsync("entries/")).Count);
    }

    private static bool IsGet(SeenRequest request) => request.Method == "GET";
}
