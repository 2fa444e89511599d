namespace BuildCache.MSBuild.Tests;

/// <summary>The tasks that a project calls by name.</summary>
public class ExplicitTaskTests
{
    [Fact]
    public void A_project_saves_and_restores_what_a_step_of_its_own_makes()
    {
        using TestSolution solution = Generating();
        string first = solution.Build("gen.proj").Succeeded().Output;
        Assert.Contains("made it", first, StringComparison.Ordinal);
        Directory.Delete(solution.PathOf("generated"), recursive: true);
        string second = solution.Build("gen.proj").Succeeded().Output;
        Assert.DoesNotContain("made it", second, StringComparison.Ordinal);
        Assert.Equal("one", File.ReadAllText(solution.PathOf("generated/out.txt")).Trim());

        // Another input: another key, so the step runs; the restore key offers the older result first.
        solution.Write("input.txt", "two");
        Directory.Delete(solution.PathOf("generated"), recursive: true);
        string third = solution.Build("gen.proj").Succeeded().Output;
        Assert.Contains("made it", third, StringComparison.Ordinal);
        Assert.Equal("two", File.ReadAllText(solution.PathOf("generated/out.txt")).Trim());
        Assert.Contains("found True then True", third, StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_input_is_a_warning_with_a_code_and_the_build_goes_on()
    {
        using TestSolution solution = new TestSolution().Write("bad.proj", """
            <Project>
              <Import Project="$(BuildCacheImports)BuildCache.MSBuild.targets" />
              <Target Name="Build">
                <TestCacheEntry Key="banana"><Output TaskParameter="Found" PropertyName="Found" /></TestCacheEntry>
                <NewCacheKey Parts=""><Output TaskParameter="Key" PropertyName="Key" /></NewCacheKey>
                <NewCacheKey Parts="a" Files="missing.txt" />
                <NewCacheKey Parts="a" Globs="../*.cs" />
                <NewCacheKey Parts="a"><Output TaskParameter="Key" PropertyName="Good" /></NewCacheKey>
                <SaveCacheEntry Key="$(Good)" Paths="/etc/hosts" />
                <Message Importance="high" Text="went on, found $(Found), key '$(Key)'" />
              </Target>
            </Project>
            """);
        BuildResult build = solution.Build("bad.proj").Succeeded();
        Assert.Contains("went on, found False, key ''", build.Output, StringComparison.Ordinal);
        foreach (string code in (string[])["BC1002", "BC1001", "BC1008", "BC1006", "BC1007"])
        {
            Assert.Contains(build.Diagnostics, line => line.Contains("warning " + code, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_project_prunes_the_store_by_the_limits_of_the_cmdlet()
    {
        using TestSolution solution = new TestSolution().Write("input.txt", new string('x', 1000)).Write("prune.proj", """
            <Project>
              <Import Project="$(BuildCacheImports)BuildCache.MSBuild.targets" />
              <Target Name="Build">
                <NewCacheKey Parts="pruned"><Output TaskParameter="Key" PropertyName="Key" /></NewCacheKey>
                <SaveCacheEntry Key="$(Key)" Paths="input.txt" />
                <OptimizeCacheStore MaximumUsed="1KB" MinimumFree="" MaximumAge="30"><Output TaskParameter="RemovedEntries" PropertyName="Kept" /></OptimizeCacheStore>
                <OptimizeCacheStore MaximumUsed="100B" KeepDuration="1"><Output TaskParameter="RemovedEntries" PropertyName="Young" /></OptimizeCacheStore>
                <OptimizeCacheStore MaximumUsed="a lot" />
                <OptimizeCacheStore MaximumUsed="100B" Mode="ReadOnly"><Output TaskParameter="RemovedEntries" PropertyName="Read" /></OptimizeCacheStore>
                <OptimizeCacheStore MaximumUsed="100B">
                  <Output TaskParameter="RemovedEntries" PropertyName="Removed" />
                  <Output TaskParameter="FreedBytes" PropertyName="Freed" />
                </OptimizeCacheStore>
                <TestCacheEntry Key="$(Key)"><Output TaskParameter="Found" PropertyName="Found" /></TestCacheEntry>
                <Message Importance="high" Text="removed $(Kept) $(Young) $(Read) $(Removed), freed $(Freed), found $(Found)" />
              </Target>
            </Project>
            """);
        BuildResult build = solution.Build("prune.proj").Succeeded();
        // What was written just now is left to a later run.
        Assert.Contains("removed 0 0 0 1, freed 0, found False", build.Output, StringComparison.Ordinal);
        Assert.NotEmpty(build.Diagnostics);
        Assert.All(build.Diagnostics, line => Assert.Contains("warning BC1010: BuildCache: 'a lot' is no size", line, StringComparison.Ordinal));
    }

    private static TestSolution Generating() => new TestSolution().Write("input.txt", "one").Write("gen.proj", """
        <Project>
          <Import Project="$(BuildCacheImports)BuildCache.MSBuild.targets" />
          <Target Name="Build">
            <NewCacheKey Parts="gen" Files="input.txt"><Output TaskParameter="Key" PropertyName="Key" /></NewCacheKey>
            <NewCacheKey Parts="gen;"><Output TaskParameter="Key" PropertyName="Parent" /></NewCacheKey>
            <TestCacheEntry Key="$(Key)" RestoreKeys="$(Parent)"><Output TaskParameter="Found" PropertyName="Before" /></TestCacheEntry>
            <RestoreCacheEntry Key="$(Key)" RestoreKeys="$(Parent)">
              <Output TaskParameter="Restored" PropertyName="Restored" />
              <Output TaskParameter="MatchedKey" PropertyName="Matched" />
            </RestoreCacheEntry>
            <CallTarget Targets="Make" Condition="'$(Matched)' != '$(Key)'" />
            <SaveCacheEntry Key="$(Key)" Paths="generated" Condition="'$(Matched)' != '$(Key)'" />
            <Message Importance="high" Text="found $(Before) then $(Restored)" />
          </Target>
          <Target Name="Make">
            <Message Importance="high" Text="made it" />
            <Copy SourceFiles="input.txt" DestinationFiles="generated/out.txt" />
          </Target>
        </Project>
        """);
}
