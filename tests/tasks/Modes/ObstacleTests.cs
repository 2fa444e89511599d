namespace BuildCache.MSBuild.Tests.Modes;

/// <summary>Where the cache cannot work, a build is as without it, and says so once.</summary>
public class ObstacleTests
{
    [Fact]
    public void With_every_task_in_a_process_of_its_own_a_build_is_plain_and_says_why_once()
    {
        using TestSolution solution = SolutionTests.Chain();
        solution.Environment["MSBUILDFORCEALLTASKSOUTOFPROC"] = "1";
        solution.Restore("App/App.csproj");
        BuildResult control = solution.BuildWithoutCache("App/App.csproj");
        SortedDictionary<string, string> outputs = solution.Outputs();
        solution.Wipe();
        BuildResult build = solution.Build("App/App.csproj");
        Equivalence.Same(control, outputs, build, solution.Outputs());
        Assert.Empty(build.Compilations);
        Assert.Single(build.Output.Split('\n'), line => line.Contains("BuildCache:", StringComparison.Ordinal));
        Assert.Contains("MSBUILDFORCEALLTASKSOUTOFPROC makes every task a process of its own (unset it).", build.Output, StringComparison.Ordinal);
    }
}
