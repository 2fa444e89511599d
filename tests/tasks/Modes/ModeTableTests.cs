namespace BuildCache.MSBuild.Tests.Modes;

/// <summary>The modes of MSBuild that keep a build in its own process.</summary>
public class ModeTableTests(ModeSolution solution) : IClassFixture<ModeSolution>
{
    private static readonly Dictionary<string, Mode> s_modes = new()
    {
        ["build"] = new([]),
        ["-m:2"] = new(["-m:2"]),
        ["-graph"] = new(["-graph"]),
        ["-bl"] = new(["-bl:all.binlog"]),
        ["-check"] = new(["-check"], HasOwnDiagnostics: true),
        ["-warnaserror without warnings"] = new(["-warnaserror", "-p:NoWarn=CS0168%3BBC42024"], HasOwnDiagnostics: true),
        ["dotnet msbuild"] = new([], Program: "msbuild"),
    };

    public static TheoryData<string> Modes => [.. s_modes.Keys];

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_build_fills_the_cache_and_comes_from_it(string mode) => solution.Check(s_modes[mode]);
}
