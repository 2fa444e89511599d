using System.Diagnostics;

namespace BuildCache.MSBuild.Tests.Modes;

/// <summary>MSBuild's server outlives a build; what a build read of its environment, settings and files does not.</summary>
public class ServerTests
{
    private const string App = "App/App.csproj";

    [Fact]
    public void Five_builds_in_a_row_each_have_their_own_settings_counts_and_report()
    {
        using TestSolution solution = SolutionTests.Chain();
        using OwnNodes nodes = new OwnNodes(solution).WithServer();
        solution.Restore(App);
        Check(Build(solution), 0, 3);
        int server = Assert.NotNull(nodes.Server);

        solution.Wipe();
        solution.Replace("Low/Low.cs", "return 1", "return 2");
        Check(Build(solution), 2, 1);
        Assert.Equal("2", SolutionTests.RunApp(solution));

        solution.Wipe();
        solution.Environment["BUILDCACHE_MODE"] = "Off";
        BuildResult off = Build(solution);
        Assert.Empty(off.Compilations);
        Assert.DoesNotContain("BuildCache:", off.Output, StringComparison.Ordinal);

        solution.Wipe();
        solution.Environment.Remove("BUILDCACHE_MODE");
        Check(Build(solution, $"-p:BuildCacheStore={Path.Combine(solution.Home, "other")}"), 0, 3);

        solution.Wipe();
        solution.Write("buildcache.json", """{ "project": "another" }""");
        Check(Build(solution), 0, 3);

        solution.Wipe();
        solution.Write("buildcache.json", """{ "projekt": "wrong" }""");
        BuildResult wrong = Build(solution);
        Assert.Contains("BC1005", wrong.Output, StringComparison.Ordinal);
        solution.Wipe();
        solution.Write("buildcache.json", """{ "project": "another" }""");
        BuildResult last = Build(solution);
        Check(last, 3, 0);
        Assert.DoesNotContain("BC1005", last.Output, StringComparison.Ordinal);

        Assert.Equal(server, nodes.Server);
        SortedDictionary<string, string> outputs = solution.Outputs();
        solution.Wipe();
        solution.BuildWithoutCache(App).Succeeded();
        Assert.Equal(solution.Outputs(), outputs);
    }

    [Fact]
    public void A_change_of_a_reference_and_of_the_user_s_home_between_builds_is_seen()
    {
        using TestSolution solution = SolutionTests.Chain();
        using OwnNodes nodes = new OwnNodes(solution).WithServer();
        solution.Restore(App);
        Check(Build(solution, "-mt", "-m:2"), 0, 3);
        solution.Wipe();
        solution.Replace("Low/Low.cs", "public int M()", "public virtual int M()");
        // The program sees the lowest library, too.
        Check(Build(solution, "-mt", "-m:2"), 0, 3);
        solution.Wipe();
        solution.Environment["BUILDCACHE_HOME"] = solution.Home + "2";
        Check(Build(solution, "-mt", "-m:2"), 0, 3);
    }

    [Fact]
    public void Two_builds_at_once_against_one_server_are_both_right()
    {
        using TestSolution first = SolutionTests.Chain();
        using OwnNodes nodes = new OwnNodes(first).WithServer();
        TestSolution second = first.Copy("elsewhere");
        foreach ((string name, string value) in first.Environment)
        {
            second.Environment[name] = value;
        }

        first.Restore(App);
        second.Restore(App);
        second.Replace("Low/Low.cs", "return 1", "return 2");
        foreach (int hits in (int[])[0, 3])
        {
            first.Wipe();
            second.Wipe();
            var builds = new BuildResult[2];
            Parallel.Invoke(() => builds[0] = Build(first), () => builds[1] = Build(second));
            Check(builds[0], hits, 3 - hits);
            Check(builds[1], hits, 3 - hits);
            Assert.Equal("1", SolutionTests.RunApp(first));
            Assert.Equal("2", SolutionTests.RunApp(second));
        }
    }

    [Fact]
    public void After_a_server_that_was_killed_the_next_build_is_right()
    {
        using TestSolution solution = SolutionTests.Chain();
        using OwnNodes nodes = new OwnNodes(solution).WithServer();
        solution.Restore(App);
        foreach (string stop in (string[])["Low/obj/Debug/net10.0/Low.AssemblyInfo.cs", "Middle/obj/Debug/net10.0/Middle.AssemblyInfo.cs"])
        {
            solution.Wipe();
            KillWhileItBuilds(solution, nodes, stop);
        }

        solution.Wipe();
        BuildResult next = Build(solution).Succeeded();
        Assert.Equal(3, next.Hits + next.Misses);
        SortedDictionary<string, string> outputs = solution.Outputs();
        solution.Wipe();
        Check(Build(solution), 3, 0);
        Assert.Equal(outputs, solution.Outputs());
        solution.Wipe();
        solution.BuildWithoutCache(App).Succeeded();
        Assert.Equal(outputs, solution.Outputs());
    }

    // The file is written shortly before the compiler runs.
    private static void KillWhileItBuilds(TestSolution solution, OwnNodes nodes, string file)
    {
        using Process build = solution.Start(Arguments(solution));
        Task<string> output = build.StandardOutput.ReadToEndAsync();
        Task<string> errors = build.StandardError.ReadToEndAsync();
        while (!File.Exists(solution.PathOf(file)) && !build.HasExited)
        {
            Thread.Sleep(1);
        }

        OwnNodes.Kill(Assert.NotNull(nodes.Server));
        build.WaitForExit();
        _ = output.Result + errors.Result;
    }

    private static void Check(BuildResult build, int hits, int misses)
    {
        build.Succeeded().Counts(hits, misses);
        Assert.Single(build.Output.Split('\n'), line => line.StartsWith($"BuildCache: {hits} hits, {misses} misses, 0 bypassed", StringComparison.Ordinal));
    }

    private static BuildResult Build(TestSolution solution, params string[] arguments) => solution.Run(Arguments(solution, arguments));

    private static string[] Arguments(TestSolution solution, params string[] arguments) =>
        ["build", App, "--no-restore", "-m:1", "-tl:off", "-clp:NoSummary", .. solution.CacheArguments(true), .. arguments];
}
