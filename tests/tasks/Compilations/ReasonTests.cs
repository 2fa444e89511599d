namespace BuildCache.MSBuild.Tests.Compilations;

/// <summary>Situations in which a build missed, was bypassed or warned without need or without the true reason.</summary>
public class ReasonTests
{
    private const string Project = "Lib/Lib.csproj";
    private const string Mapped = """<Project><PropertyGroup><PathMap>$(MSBuildThisFileDirectory)=/_/</PathMap></PropertyGroup></Project>""";

    [Fact]
    public void A_checkout_without_git_says_why_it_misses_and_what_to_set()
    {
        using TestSolution first = new TestSolution().AddLibrary().Write("Directory.Build.props", Mapped).Write(".git/HEAD", "ref: refs/heads/main\n")
            .Write(".git/config", "[remote \"origin\"]\n\turl = https://github.com/example/example.git\n");
        File.Delete(first.PathOf("buildcache.json"));
        TestSolution second = first.Copy("container");
        Directory.Delete(second.PathOf(".git"), recursive: true);
        first.Restore(Project);
        first.Build(Project).Succeeded().Counts(hits: 0, misses: 1);
        second.Restore(Project);
        BuildResult build = second.Build(Project).Succeeded();
        SortedDictionary<string, string> outputs = second.Outputs();
        second.Wipe();
        Equivalence.Same(second.BuildWithoutCache(Project), second.Outputs(), build, outputs);
        Assert.True(build.Hits == 1 || build.Output.Contains("BuildCacheWorkspaceRoot", StringComparison.Ordinal) || build.Output.Contains("buildcache.json", StringComparison.Ordinal),
            "the line at the end names nothing that helps\n" + build.Output);
    }

    [Fact]
    public void An_additional_file_that_is_absent_is_a_value()
    {
        using TestSolution solution = new TestSolution().AddLibrary(items: """<AdditionalFiles Include="absent.txt" />""");
        Equivalence.OfHit(solution, Project).Counts(hits: 1, misses: 0);
        solution.Write("Lib/absent.txt", "there");
        solution.Wipe();
        solution.Build(Project).Succeeded().Counts(hits: 0, misses: 1);
        File.Delete(solution.PathOf("Lib/absent.txt"));
        solution.Wipe();
        solution.Build(Project).Succeeded().Counts(hits: 1, misses: 0);
    }

    [Theory]
    [InlineData("store")]
    [InlineData("home")]
    public void A_warm_store_that_is_read_only_serves_without_a_warning(string what)
    {
        using TestSolution solution = new TestSolution().AddLibrary();
        string path = what == "store" ? solution.Store : solution.Home;
        using SmallDisk disk = SmallDisk.MountOrSkip(path, 64);
        solution.Restore(Project);
        BuildResult miss = solution.Build(Project).Succeeded().Counts(hits: 0, misses: 1);
        disk.MakeReadOnly();
        foreach (int _ in Enumerable.Range(0, 2))
        {
            solution.Wipe();
            BuildResult hit = solution.Build(Project).Succeeded();
            Assert.Equal(miss.Diagnostics, hit.Diagnostics);
            Assert.DoesNotContain("BC2", hit.Output, StringComparison.Ordinal);
            Assert.Contains("BuildCache: 1 hits, 0 misses", hit.Output, StringComparison.Ordinal);
        }
    }
}
