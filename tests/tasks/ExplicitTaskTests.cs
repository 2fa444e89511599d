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
    public void A_restore_puts_in_place_what_Paths_expects_and_a_checkout_that_decides_is_warned_of()
    {
        using TestSolution solution = new TestSolution().Write("a.txt", "a").Write("b.txt", "b").Write("paths.proj", """
            <Project>
              <Import Project="$(BuildCacheImports)BuildCache.MSBuild.targets" />
              <Target Name="Build">
                <NewCacheKey Parts="a"><Output TaskParameter="Key" PropertyName="Key" /></NewCacheKey>
                <SaveCacheEntry Key="$(Key)" Paths="a.txt;b.txt" />
                <Delete Files="a.txt;b.txt" />
                <RestoreCacheEntry Key="$(Key)" Paths="a.txt"><Output TaskParameter="Restored" PropertyName="Less" /></RestoreCacheEntry>
                <Message Importance="high" Text="less: $(Less), $([System.IO.File]::Exists('$(MSBuildProjectDirectory)/a.txt'))" />
                <RestoreCacheEntry Key="$(Key)" Paths="a.txt;b.txt"><Output TaskParameter="Placed" ItemName="Placed" /></RestoreCacheEntry>
                <Message Importance="high" Text="placed: @(Placed->'%(Filename)')" />
              </Target>
            </Project>
            """);
        solution.Write("buildcache.json", """{ "project": "demo", "push": true }""");
        BuildResult build = solution.Build("paths.proj").Succeeded();
        Assert.Contains("less: False, False", build.Output, StringComparison.Ordinal);
        Assert.Contains("placed: a;b", build.Output, StringComparison.Ordinal);
        Assert.Contains(build.Diagnostics, line => line.Contains("warning BC1055", StringComparison.Ordinal) && line.Contains("'b.txt'", StringComparison.Ordinal));
        Assert.Contains(build.Diagnostics, line => line.Contains("warning BC1053", StringComparison.Ordinal) && line.Contains("'push'", StringComparison.Ordinal));
    }

    [Fact]
    public void Lookups_go_through_scopes_in_order_and_a_scope_may_stand_without_its_value()
    {
        using TestSolution solution = new TestSolution().Write("out.txt", "x").Write("scopes.proj", """
            <Project>
              <Import Project="$(BuildCacheImports)BuildCache.MSBuild.targets" />
              <Target Name="Build">
                <NewCacheKey Parts="a"><Output TaskParameter="Key" PropertyName="Key" /></NewCacheKey>
                <NewCacheKey Parts="a" Scope="project,branch"><Output TaskParameter="Key" PropertyName="Own" /></NewCacheKey>
                <SaveCacheEntry Key="$(Own)" Paths="out.txt" />
                <TestCacheEntry Key="$(Key)"><Output TaskParameter="Found" PropertyName="InProject" /></TestCacheEntry>
                <TestCacheEntry Key="$(Key)" Scopes="session;project,branch;project"><Output TaskParameter="Found" PropertyName="InScopes" /></TestCacheEntry>
                <RestoreCacheEntry Key="$(Key)" Scopes="project;project,branch:topic"><Output TaskParameter="MatchedKey" PropertyName="Matched" /></RestoreCacheEntry>
                <TestCacheEntry Key="$(Key)" Scopes="galaxy" />
                <Message Importance="high" Text="$(InProject), $(InScopes)" />
                <Message Importance="high" Text="the branch's own" Condition="'$(Matched)' == '$(Own)'" />
              </Target>
            </Project>
            """);
        solution.Environment["BUILDCACHE_BRANCH"] = "topic";
        BuildResult build = solution.Build("scopes.proj").Succeeded();
        Assert.Contains("False, True", build.Output, StringComparison.Ordinal);
        Assert.Contains("the branch's own", build.Output, StringComparison.Ordinal);
        Assert.Contains(build.Diagnostics, line => line.Contains("warning BC1003", StringComparison.Ordinal));
    }

    [Fact]
    public void Resources_are_inputs_of_keys_and_a_secret_is_nowhere()
    {
        const string Secret = "correct-horse-battery-9";
        using TestSolution solution = new TestSolution().Write("server", "version 1").Write("resources.proj", """
            <Project>
              <Import Project="$(BuildCacheImports)BuildCache.MSBuild.targets" />
              <ItemGroup>
                <Served Include="s.sock" ServedBy="server" />
                <Named Include="s.sock" Name="database" />
                <Vouched Include="TASK_TEST_TOKEN" Name="token 1" />
              </ItemGroup>
              <Target Name="Build">
                <NewCacheKey Parts="a"><Output TaskParameter="Key" ItemName="Key" /></NewCacheKey>
                <NewCacheKey Parts="a" Sockets="s.sock"><Output TaskParameter="Key" ItemName="Key" /></NewCacheKey>
                <NewCacheKey Parts="a" Sockets="@(Served)"><Output TaskParameter="Key" ItemName="Key" /></NewCacheKey>
                <NewCacheKey Parts="a" Sockets="@(Named)"><Output TaskParameter="Key" ItemName="Key" /></NewCacheKey>
                <NewCacheKey Parts="a" SecretVariables="TASK_TEST_TOKEN"><Output TaskParameter="Key" ItemName="Key" /></NewCacheKey>
                <NewCacheKey Parts="a" SecretVariables="@(Vouched)"><Output TaskParameter="Key" ItemName="Key" /></NewCacheKey>
                <NewCacheKey Parts="a" Sockets="none.sock"><Output TaskParameter="Key" ItemName="Key" /></NewCacheKey>
                <NewCacheKey Parts="a" SshAgent="true"><Output TaskParameter="Key" ItemName="Key" /></NewCacheKey>
                <NewCacheKey Parts="a" SecretVariables="TASK_TEST_MISSING"><Output TaskParameter="Key" ItemName="Key" /></NewCacheKey>
                <Message Importance="high" Text="key %(Key.Identity)" />
              </Target>
            </Project>
            """);
        solution.Environment["TASK_TEST_TOKEN"] = Secret;
        solution.Environment["SSH_AUTH_SOCK"] = solution.PathOf("none.sock");
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(solution.PathOf("s.sock")));
        string[] KeysOf(BuildResult build) => [.. build.Output.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("key bck1_", StringComparison.Ordinal))];

        BuildResult first = solution.Build("resources.proj").Succeeded();
        string[] keys = KeysOf(first);
        Assert.Equal(6, keys.Distinct().Count());
        Assert.Equal(3, first.Diagnostics.Where(line => line.Contains("warning BC1015", StringComparison.Ordinal)).Distinct().Count());

        solution.Write("server", "version 2");
        solution.Environment["TASK_TEST_TOKEN"] = "another";
        string[] changed = KeysOf(solution.Build("resources.proj").Succeeded());
        Assert.Equal([true, true, false, true, false, true], keys.Zip(changed, (before, after) => before == after));

        Assert.DoesNotContain(Secret, first.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.GetFiles(solution.Home, "*", SearchOption.AllDirectories), file => File.ReadAllText(file).Contains(Secret, StringComparison.Ordinal));
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
