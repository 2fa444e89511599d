namespace BuildCache.MSBuild.Tests.Modes;

/// <summary>MSBuild's multi-threaded mode, by each way that it is asked for.</summary>
public class MultiThreadedModeTests(ModeSolution solution) : IClassFixture<ModeSolution>
{
    private static readonly Dictionary<string, Mode> s_modes = new()
    {
        ["-mt"] = new(["-mt"]),
        ["-mt -m:4"] = new(["-mt", "-m:4"]),
        ["-graph -mt"] = new(["-graph", "-mt"]),
        ["MSBUILDFORCEMULTITHREADED=1"] = new([], ["MSBUILDFORCEMULTITHREADED=1"]),
        ["MSBUILDFORCEMULTITHREADED=1 -m:2"] = new(["-m:2"], ["MSBUILDFORCEMULTITHREADED=1"]),
        ["-mt in Directory.Build.rsp"] = new([], Files: new() { ["Directory.Build.rsp"] = "-mt\n" }),
        ["-mt in a response file"] = new(["@x.rsp"], Files: new() { ["x.rsp"] = "-mt\n-m:2\n" }),
    };

    public static TheoryData<string> Modes => [.. s_modes.Keys];

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_build_fills_the_cache_and_comes_from_it(string mode) => solution.Check(s_modes[mode]);
}
