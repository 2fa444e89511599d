namespace BuildCache.MSBuild.Tests;

/// <summary>The task that runs a command once, in real builds.</summary>
public class CachedCommandTests
{
    // Says something on both ends and on the way of a compiler, and works only from its own folder.
    private const string Generate = "echo generating; echo 'gen.txt(3,5): warning GEN7: look here'; echo done &gt;&amp;2; mkdir -p ../out/gen; sed s/^/made:/ input.txt &gt; ../out/gen/a.txt; echo run &gt;&gt; &quot;$RUNS&quot;";

    [Fact]
    public void A_second_build_elsewhere_gets_the_same_outputs_and_messages_without_running()
    {
        using TestSolution solution = Project($"""<InvokeCachedCommand Key="gen;text" Command="{Generate}" WorkingDirectory="src" Inputs="src/input.txt" Values="@(Value)" Outputs="out/gen">""");
        solution.Environment["RUNS"] = solution.PathOf("../runs");
        BuildResult first = solution.Build("p.proj").Succeeded();
        using TestSolution second = solution.Copy("second");
        second.Environment["RUNS"] = solution.PathOf("../runs");
        second.Write("out/gen/leftover.txt", "");
        BuildResult hit = second.Build("p.proj").Succeeded();

        Assert.Single(File.ReadAllLines(solution.PathOf("../runs")));
        Assert.Contains("exit 0 hit False", first.Output, StringComparison.Ordinal);
        Assert.Contains("exit 0 hit True", hit.Output, StringComparison.Ordinal);
        Assert.Equal("made:one", File.ReadAllText(second.PathOf("out/gen/a.txt")));
        Assert.False(File.Exists(second.PathOf("out/gen/leftover.txt")));
        string[] said = Said(first, solution);
        Assert.Contains(said, line => line.Contains("gen.txt(3,5): warning GEN7: look here", StringComparison.Ordinal));
        Assert.Contains(said, line => line.Trim() == "done");
        Assert.Equal(said, Said(hit, second));

        second.Write("src/input.txt", "two");
        BuildResult third = second.Build("p.proj", "-v:n").Succeeded();
        Assert.Contains("file src/input.txt changed", third.Output, StringComparison.Ordinal);
        Assert.Equal("made:two", File.ReadAllText(second.PathOf("out/gen/a.txt")));
    }

    [Fact]
    public void A_failure_fails_the_build_and_is_kept_only_when_asked()
    {
        using TestSolution solution = Project("""<InvokeCachedCommand Key="bad" Command="echo run &gt;&gt; &quot;$RUNS&quot;; echo 'x.y(1,2): error X1: broken'; exit 3" CacheFailure="$(Keep)" ContinueOnError="true">""");
        solution.Environment["RUNS"] = solution.PathOf("../runs");
        for (int i = 0; i < 2; i++)
        {
            BuildResult failed = solution.Build("p.proj", "-p:Keep=true");
            Assert.Contains("exited with code 3", failed.Output, StringComparison.Ordinal);
            Assert.Contains("X1: broken", failed.Output, StringComparison.Ordinal);
            Assert.Contains($"exit 3 hit {i == 1}", failed.Output, StringComparison.Ordinal);
        }

        Assert.Single(File.ReadAllLines(solution.PathOf("../runs")));
    }

    [Fact]
    public void A_failure_that_is_kept_is_nothing_to_a_build_that_did_not_ask()
    {
        using TestSolution solution = Project("""<InvokeCachedCommand Key="bad" Command="echo run &gt;&gt; &quot;$RUNS&quot;; echo 'x.y(1,2): error X1: broken'" CacheFailure="$(Keep)" ContinueOnError="true">""");
        solution.Environment["RUNS"] = solution.PathOf("../runs");
        solution.Build("p.proj", "-p:Keep=true");
        solution.Build("p.proj", "-p:Keep=false");
        Assert.Equal(2, File.ReadAllLines(solution.PathOf("../runs")).Length);
        solution.Build("p.proj", "-p:Keep=true");
        Assert.Equal(2, File.ReadAllLines(solution.PathOf("../runs")).Length);
    }

    [Fact]
    public void A_command_that_speaks_to_the_CI_service_is_not_saved_and_an_input_that_looks_like_a_secret_is_warned_of()
    {
        using TestSolution solution = Project("""<InvokeCachedCommand Key="ci" Command="echo run &gt;&gt; &quot;$RUNS&quot;; echo ' ::add-path::/tmp/x'" Values="API_TOKEN=x">""");
        solution.Environment["RUNS"] = solution.PathOf("../runs");
        for (int i = 0; i < 2; i++)
        {
            string output = solution.Build("p.proj").Succeeded().Output;
            Assert.Contains("::add-path::/tmp/x", output, StringComparison.Ordinal);
            Assert.Contains("warning BC1029", output, StringComparison.Ordinal);
            Assert.Contains("warning BC1057", output, StringComparison.Ordinal);
        }

        Assert.Equal(2, File.ReadAllLines(solution.PathOf("../runs")).Length);
    }

    [Fact]
    public void What_is_declared_wrong_is_an_error_and_what_the_cache_lacks_is_a_warning()
    {
        using TestSolution solution = Project("""<InvokeCachedCommand Key="x" Command="echo ran it &gt; out.txt; echo ran" Inputs="$(In)" Outputs="out.txt" Store="$(Store)">""");
        BuildResult refused = solution.Build("p.proj", "-p:In=out.txt");
        // It is not there, so it is no input yet, and the command runs without the cache.
        Assert.Contains("warning BC1008", refused.Succeeded().Output, StringComparison.Ordinal);
        refused = solution.Build("p.proj", "-p:In=out.txt");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("error BC1016", refused.Output, StringComparison.Ordinal);
        Assert.Equal("ran it", File.ReadAllText(solution.PathOf("out.txt")).Trim());

        BuildResult away = solution.Build("p.proj", "-p:Store=" + solution.PathOf("p.proj/store")).Succeeded();
        Assert.Contains("warning BC2001", away.Output, StringComparison.Ordinal);
        Assert.Contains("ran", away.Output, StringComparison.Ordinal);
        BuildResult odd = solution.Build("p.proj", "-p:Store=odd:thing").Succeeded();
        Assert.Contains("warning BC1004", odd.Output, StringComparison.Ordinal);
        Assert.Contains("exit 0 hit False", odd.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_folder_may_end_with_a_slash_and_its_old_content_survives_a_failure()
    {
        using TestSolution solution = Project("""<InvokeCachedCommand Key="slash" Command="echo made &gt; gen/a.txt; exit $(Fail)" Values="a=$(Fail)" Outputs="gen/">""");
        solution.Write("gen/old.txt", "old");
        Assert.NotEqual(0, solution.Build("p.proj", "-p:Fail=3").ExitCode);
        Assert.Equal("old", File.ReadAllText(solution.PathOf("gen/old.txt")));
        Assert.False(File.Exists(solution.PathOf("gen/a.txt")));
        BuildResult built = solution.Build("p.proj", "-p:Fail=0").Succeeded();
        Assert.Contains("exit 0 hit False", built.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("warning", built.Output, StringComparison.Ordinal);
        Assert.Equal("made", File.ReadAllText(solution.PathOf("gen/a.txt")).Trim());
        Assert.False(File.Exists(solution.PathOf("gen/old.txt")));
        Assert.Contains("exit 0 hit True", solution.Build("p.proj", "-p:Fail=0").Succeeded().Output, StringComparison.Ordinal);
    }

    private static TestSolution Project(string task)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The commands are lines of sh.");
        return new TestSolution().Write("src/input.txt", "one").Write("p.proj", $"""
            <Project>
              <Import Project="$(BuildCacheImports)BuildCache.MSBuild.targets" />
              <ItemGroup>
                <Value Include="a=1" />
                <Value Include="b" Value="x=y;z" />
              </ItemGroup>
              <Target Name="Build">
                {task}
                  <Output TaskParameter="ExitCode" PropertyName="Code" />
                  <Output TaskParameter="Hit" PropertyName="Hit" />
                </InvokeCachedCommand>
                <Message Importance="high" Text="exit $(Code) hit $(Hit)" />
              </Target>
            </Project>
            """);
    }

    // What the build said, without the folder and without what tells a hit.
    private static string[] Said(BuildResult build, TestSolution solution) =>
        [.. build.Output.Split('\n').Where(line => !line.Contains("hit ", StringComparison.Ordinal) && !line.Contains("Elapsed", StringComparison.Ordinal) && !line.Contains("BuildCache:", StringComparison.Ordinal))
            .Select(line => line.Replace(solution.Root, "", StringComparison.Ordinal))];
}
