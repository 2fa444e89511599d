namespace BuildCache.MSBuild.Tests.Modes;

/// <summary>MSBuild's server, in which the second build finds what the first left in the process.</summary>
public class ServerModeTests(ModeSolution solution) : IClassFixture<ModeSolution>
{
    private static readonly Dictionary<string, Mode> s_modes = new()
    {
        ["server"] = new([], ["DOTNET_CLI_USE_MSBUILD_SERVER=1"], InServer: true),
        ["server -m:2"] = new(["-m:2"], ["DOTNET_CLI_USE_MSBUILD_SERVER=1"], InServer: true),
        ["server -mt"] = new(["-mt", "-m:4"], ["DOTNET_CLI_USE_MSBUILD_SERVER=1"], InServer: true),
        ["server -graph -mt"] = new(["-graph", "-mt"], ["DOTNET_CLI_USE_MSBUILD_SERVER=1"], InServer: true),
        ["MSBUILDUSESERVER=1"] = new([], ["MSBUILDUSESERVER=1", "DOTNET_CLI_USE_MSBUILD_SERVER=1"], InServer: true, Program: "msbuild"),
    };

    public static TheoryData<string> Modes => [.. s_modes.Keys];

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_build_fills_the_cache_and_comes_from_it(string mode) => solution.Check(s_modes[mode]);
}
