namespace BuildCache.MSBuild.Tests;

/// <summary>The properties, where they come from, and what happens when they are wrong.</summary>
public class ModeTests
{
    private const string Project = "Lib/Lib.csproj";

    [Fact]
    public void Off_is_as_if_it_were_not_there()
    {
        using TestSolution solution = new TestSolution().AddLibrary();
        solution.Restore(Project);
        BuildResult control = solution.BuildWithoutCache(Project);
        SortedDictionary<string, string> outputs = solution.Outputs();
        solution.Wipe();
        BuildResult off = solution.Build(Project, "-p:BuildCacheMode=Off");
        Equivalence.Same(control, outputs, off, solution.Outputs());
        Assert.Empty(off.Compilations);
        Assert.DoesNotContain("BuildCache:", off.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(solution.Home));
    }

    [Fact]
    public void Modes_read_and_write_as_they_say()
    {
        using TestSolution solution = new TestSolution().AddLibrary();
        solution.Restore(Project);
        solution.Build(Project, "-p:BuildCacheMode=ReadOnly").Succeeded().Counts(hits: 0, misses: 1);
        Assert.False(Directory.Exists(Path.Combine(solution.Store, "entries")));
        solution.Wipe();
        solution.Build(Project, "-p:BuildCacheMode=WriteOnly").Succeeded().Counts(hits: 0, misses: 1);
        solution.Wipe();
        solution.Build(Project, "-p:BuildCacheMode=WriteOnly").Succeeded().Counts(hits: 0, misses: 1);
        solution.Wipe();
        solution.Build(Project, "-p:BuildCacheMode=readonly").Succeeded().Counts(hits: 1, misses: 0);
        solution.Wipe();
        Assert.Equal("Audited", solution.Build(Project, "-p:BuildCacheMode=Audit").Succeeded().Compilations.Single().Outcome);
    }

    [Fact]
    public void An_audit_finds_work_that_is_not_repeatable()
    {
        using TestSolution solution = new TestSolution();
        Generators.AddTo(solution).AddLibrary(items: """<ProjectReference Include="../Gen/Gen.csproj" OutputItemType="Analyzer" ReferenceOutputAssembly="false" />""");
        solution.Replace("Gen/Gen.cs", "+ greeting +", "+ System.Guid.NewGuid() +");
        solution.Restore(Project);
        solution.Build(Project).Succeeded();
        solution.Wipe();
        BuildResult audit = solution.Build(Project, "-p:BuildCacheMode=Audit").Succeeded();
        Assert.Contains(audit.Diagnostics, line => line.Contains("BC3001", StringComparison.Ordinal) && line.Contains("Lib/obj", StringComparison.Ordinal));
    }

    [Fact]
    public void The_environment_wins_over_files_and_loses_to_the_command_line()
    {
        using TestSolution solution = new TestSolution().AddLibrary();
        solution.Write("Directory.Build.props", "<Project><PropertyGroup><BuildCacheMode>ReadOnly</BuildCacheMode></PropertyGroup></Project>");
        solution.Restore(Project);
        solution.Environment["BUILDCACHE_MODE"] = "Off";
        Assert.Empty(solution.Build(Project).Succeeded().Compilations);
        solution.Wipe();
        solution.Build(Project, "-p:BuildCacheMode=ReadWrite").Succeeded().Counts(hits: 0, misses: 1);
        solution.Wipe();
        solution.Environment["BUILDCACHE_MODE"] = "ReadWrite";
        solution.Build(Project).Succeeded().Counts(hits: 1, misses: 0);
    }

    [Fact]
    public void A_settings_file_can_turn_the_cache_off()
    {
        using TestSolution solution = new TestSolution().AddLibrary().Write("buildcache.json", """{ "project": "test", "mode": "Off" }""");
        solution.Restore(Project);
        Assert.Empty(solution.Build(Project).Succeeded().Compilations);
    }

    [Theory]
    [InlineData("-p:BuildCacheMode=Sometimes", "BC1010")]
    [InlineData("-p:BuildCacheStore=banana", "BC1004")]
    [InlineData("-p:BuildCacheStore=ftp://host/store", "BC1004")]
    [InlineData("-p:BuildCacheScope=galaxy:far", "BC1003")]
    public void A_wrong_property_is_a_warning_and_a_plain_build(string argument, string code)
    {
        using TestSolution solution = new TestSolution().AddLibrary();
        solution.Restore(Project);
        BuildResult build = solution.Build(Project, argument).Succeeded().Counts(hits: 0, misses: 0, bypassed: 1);
        Assert.Contains(build.Diagnostics, line => line.Contains("warning " + code, StringComparison.Ordinal));
    }

    [Fact]
    public void A_wrong_settings_file_or_a_store_of_a_later_version_is_a_warning_and_a_plain_build()
    {
        using TestSolution solution = new TestSolution().AddLibrary().Write("buildcache.json", """{ "projekt": "test" }""");
        solution.Restore(Project);
        Assert.Contains(solution.Build(Project).Succeeded().Diagnostics, line => line.Contains("warning BC1005", StringComparison.Ordinal));
        solution.Write("buildcache.json", """{ "project": "test" }""");
        solution.Wipe();
        Directory.CreateDirectory(solution.Store);
        File.WriteAllText(Path.Combine(solution.Store, "version"), "2\n");
        Assert.Contains(solution.Build(Project).Succeeded().Diagnostics, line => line.Contains("warning BC1009", StringComparison.Ordinal));
    }

    [Fact]
    public void An_entry_of_a_later_version_is_a_warning_and_a_plain_build()
    {
        using TestSolution solution = new TestSolution().AddLibrary();
        solution.Restore(Project);
        solution.Build(Project).Succeeded();
        string entry = Directory.EnumerateFiles(solution.Store, "entry", SearchOption.AllDirectories).Single();
        string body = File.ReadAllText(entry).Split('\n', 2)[1];
        string checksum = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes("buildcache-entry 2\n" + body)));
        File.WriteAllText(entry, $"buildcache-entry 2 {checksum}\n{body}");
        solution.Wipe();
        Assert.Contains(solution.Build(Project).Succeeded().Diagnostics, line => line.Contains("warning BC1009", StringComparison.Ordinal));
    }

    [Fact]
    public void The_line_at_the_end_counts_all_nodes_and_the_report_tells_why()
    {
        using TestSolution solution = SolutionTests.Chain().AddLibrary("Other");
        solution.Write("all.proj", """
            <Project>
              <Target Name="Build"><MSBuild Projects="App/App.csproj;Other/Other.csproj" BuildInParallel="true" /></Target>
            </Project>
            """);
        solution.Restore("App/App.csproj");
        solution.Restore("Other/Other.csproj");
        BuildResult build = solution.Build("all.proj", "-m:2").Succeeded().Counts(hits: 0, misses: 4);
        Assert.Single(build.Output.Split('\n'), line => line.StartsWith("BuildCache: 0 hits, 4 misses, 0 bypassed", StringComparison.Ordinal));
        Assert.All(build.Compilations, compilation => Assert.Equal("the cache has nothing of it yet", compilation.Reason));
        solution.Replace("Low/Low.cs", "return 1", "return 2");
        solution.Wipe();
        BuildResult changed = solution.Build("all.proj", "-m:2").Succeeded().Counts(hits: 3, misses: 1);
        Assert.Contains("Low/Low.cs changed", changed.Compilations.Single(compilation => compilation.Outcome == "Missed").Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("BuildCache:", solution.Build("all.proj", "-v:q").Output, StringComparison.Ordinal);
    }
}
