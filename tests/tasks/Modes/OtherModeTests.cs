namespace BuildCache.MSBuild.Tests.Modes;

/// <summary>Modes that need projects of their own.</summary>
public class OtherModeTests
{
    private const string Project = "Lib/Lib.csproj";

    [Theory]
    [InlineData("")]
    [InlineData("-mt")]
    public void A_question_after_a_hit_is_answered_by_yes(string argument)
    {
        using TestSolution solution = new TestSolution().AddLibrary("Dep").AddLibrary(items: """<ProjectReference Include="../Dep/Dep.csproj" />""");
        using var nodes = new OwnNodes(solution);
        string[] arguments = argument.Length > 0 ? [argument] : [];
        solution.Restore(Project);
        solution.Build(Project, arguments).Succeeded().Counts(hits: 0, misses: 2);
        solution.Wipe();
        solution.Build(Project, arguments).Succeeded().Counts(hits: 2, misses: 0);
        Assert.Empty(solution.Build(Project, [.. arguments, "-question"]).Succeeded().Compilations);
    }

    [Fact]
    public void Warnings_that_are_errors_fail_a_hit_as_they_fail_a_miss()
    {
        using TestSolution solution = new TestSolution().AddLibrary();
        solution.Restore(Project);
        BuildResult control = solution.BuildWithoutCache(Project, "-warnaserror");
        Assert.NotEqual(0, control.ExitCode);
        SortedDictionary<string, string> outputs = solution.Outputs();
        foreach (string argument in (string[])["-warnaserror", "-p:X=1", "-warnaserror"])
        {
            solution.Wipe();
            BuildResult build = solution.Build(Project, argument);
            if (argument == "-warnaserror")
            {
                Equivalence.Same(control, outputs, build, solution.Outputs());
            }
            else
            {
                build.Succeeded();
            }
        }
    }

    [Theory]
    [InlineData("-m:1")]
    [InlineData("-mt")]
    public void Two_compilers_in_one_node_each_compile_their_own(string argument)
    {
        using TestSolution solution = new TestSolution().AddLibrary("Dep", items: """<PackageReference Include="Microsoft.Net.Compilers.Toolset" Version="4.14.0" PrivateAssets="all" />""")
            .AddLibrary("Mid", items: """<ProjectReference Include="../Dep/Dep.csproj" />""")
            .AddLibrary(items: """<ProjectReference Include="../Mid/Mid.csproj" /><PackageReference Include="Microsoft.Net.Compilers.Toolset" Version="4.14.0" PrivateAssets="all" />""");
        using var nodes = new OwnNodes(solution);
        Equivalence.OfHit(solution, Project, argument).Counts(hits: 3, misses: 0);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Tests_run_from_the_cache(bool testingPlatform, bool server)
    {
        using TestSolution solution = new TestSolution().AddLibrary("Dep").AddLibrary("Checks",
            "<OutputType>Exe</OutputType>" + (testingPlatform ? "<UseMicrosoftTestingPlatformRunner>true</UseMicrosoftTestingPlatformRunner>" : ""),
            """
            <ProjectReference Include="../Dep/Dep.csproj" />
            <PackageReference Include="xunit.v3" Version="3.2.2" />
            """ + (testingPlatform ? "" : """
            <PackageReference Include="Microsoft.NET.Test.Sdk" Version="18.0.1" />
            <PackageReference Include="xunit.runner.visualstudio" Version="3.1.5" />
            """),
            "public class T { [Xunit.Fact] public void One() => Xunit.Assert.Equal(1, new Dep.C().M()); }");
        if (testingPlatform)
        {
            solution.Write("global.json", """{ "test": { "runner": "Microsoft.Testing.Platform" } }""");
        }

        using var nodes = new OwnNodes(solution);
        solution.Restore("Checks/Checks.csproj");
        solution.Environment["BuildCacheImports"] = TestSolution.Imports;
        solution.Environment["BuildCacheReport"] = solution.ReportFile;
        if (server)
        {
            nodes.WithServer();
        }

        string[] arguments = testingPlatform ? ["test", "--project", "Checks/Checks.csproj", "--no-restore"] : ["test", "Checks/Checks.csproj", "--no-restore"];
        foreach (int hits in (int[])[0, 2])
        {
            BuildResult build = solution.Run(arguments).Succeeded().Counts(hits, 2 - hits);
            Assert.Matches("(?i)(passed: +1|succeeded: +1)", build.Output);
            solution.Wipe();
        }
    }
}
