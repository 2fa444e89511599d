namespace BuildCache.MSBuild.Tests;

/// <summary>Builds over several stores, near to far.</summary>
public class TierTests
{
    private const string App = "App/App.csproj";
    private const string Lib = "Lib/Lib.csproj";

    [Fact]
    public void A_store_of_several_that_cannot_be_used_is_one_warning()
    {
        using TestSolution solution = SolutionTests.Chain();
        solution.Write("blocked", "");
        string[] arguments = [$"-p:BuildCacheStore={solution.Store}%3B{solution.PathOf("blocked")}/store"];
        solution.Restore(App);
        BuildResult build = solution.Build(App, arguments).Succeeded().Counts(hits: 0, misses: 3);
        string warning = Assert.Single(WarningsOf(build));
        Assert.Contains("blocked/store", warning, StringComparison.Ordinal);
        Assert.DoesNotContain("without the cache", warning, StringComparison.Ordinal);
        Assert.Single(build.Output.Split('\n'), line => line.StartsWith("BuildCache: BC2001", StringComparison.Ordinal));
        solution.Wipe();
        Assert.Empty(WarningsOf(solution.Build(App, arguments).Succeeded().Counts(hits: 3, misses: 0)));
        Assert.Equal("1", SolutionTests.RunApp(solution));
    }

    [Theory]
    [InlineData("{0}/a")]
    [InlineData("{0}/a;{0}/b")]
    public void Stores_none_of_which_can_be_used_are_one_warning_and_a_plain_build(string stores)
    {
        using TestSolution solution = SolutionTests.Chain();
        solution.Write("blocked", "");
        solution.Environment["BUILDCACHE_STORE"] = string.Format(null, stores, solution.PathOf("blocked"));
        solution.Restore(App);
        BuildResult build = solution.Build(App).Succeeded().Counts(hits: 0, misses: 3);
        // Of two, the nearer fails first; then the farther, which is another problem.
        Assert.True(stores.Split(';').Length == WarningsOf(build).Count, build.Output);
        Assert.Equal("1", SolutionTests.RunApp(solution));
    }

    [Fact]
    public void Several_stores_can_be_named_on_the_command_line_in_the_environment_and_in_a_project()
    {
        using TestSolution solution = new TestSolution().AddLibrary();
        string Folder(string name) => Path.Combine(solution.Home, name);
        string Pair(string name) => $"{Folder(name)};{new Uri(Folder(name + " far")).AbsoluteUri}";
        solution.Restore(Lib);

        solution.Build(Lib, "-p:BuildCacheStore=" + Pair("command").Replace(";", "%3B", StringComparison.Ordinal)).Succeeded().Counts(hits: 0, misses: 1);
        solution.Environment["BUILDCACHE_STORE"] = Pair("environment");
        solution.Wipe();
        solution.Build(Lib).Succeeded().Counts(hits: 0, misses: 1);
        solution.Environment.Clear();
        solution.Write("Directory.Build.props", $"<Project><PropertyGroup><BuildCacheStore>{Pair("project")}</BuildCacheStore></PropertyGroup></Project>");
        solution.Wipe();
        solution.Build(Lib).Succeeded().Counts(hits: 0, misses: 1);

        foreach (string name in (string[])["command", "environment", "project"])
        {
            Assert.Single(EntriesOf(Folder(name)));
            Assert.Single(EntriesOf(Folder(name + " far")));
        }
    }

    [Fact]
    public void What_a_store_has_that_is_only_read_comes_near_and_nothing_goes_there()
    {
        using TestSolution solution = new TestSolution().AddLibrary();
        string far = Path.Combine(solution.Home, "far");
        solution.Restore(Lib);
        solution.Build(Lib, "-p:BuildCacheStore=" + far).Succeeded().Counts(hits: 0, misses: 1);
        solution.Environment["BUILDCACHE_STORE"] = $"{solution.Store};{new Uri(far).AbsoluteUri}?readonly=true";
        solution.Wipe();
        solution.Build(Lib).Succeeded().Counts(hits: 1, misses: 0);
        Assert.Single(EntriesOf(solution.Store));

        // With nowhere to write to, a miss is compiled and no problem; what is there can still be audited.
        solution.Environment["BUILDCACHE_STORE"] = $"{new Uri(far).AbsoluteUri}?readonly=true";
        solution.Wipe();
        Assert.Equal("Audited", Assert.Single(solution.Build(Lib, "-p:BuildCacheMode=Audit").Succeeded().Compilations).Outcome);
        solution.Replace("Lib/Lib.cs", "return 1", "return 2");
        solution.Wipe();
        BuildResult miss = solution.Build(Lib).Succeeded().Counts(hits: 0, misses: 1);
        Assert.Contains("Lib/Lib.cs changed", miss.Compilations[0].Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("BC2", miss.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("readonly", miss.Output, StringComparison.Ordinal);
        Assert.Single(EntriesOf(far));
    }

    [Fact]
    public void Tasks_and_compilations_share_one_store_and_its_warning()
    {
        using TestSolution solution = new TestSolution().AddLibrary();
        solution.Write("blocked", "").Write("made.txt", "made").Write("steps.targets", """
            <Project>
              <Target Name="Steps" AfterTargets="Build">
                <NewCacheKey Parts="a"><Output TaskParameter="Key" PropertyName="Key" /></NewCacheKey>
                <SaveCacheEntry Key="$(Key)" Paths="../made.txt" Store="$(BuildCacheStore)"><Output TaskParameter="Saved" PropertyName="SavedA" /></SaveCacheEntry>
                <TestCacheEntry Key="$(Key)" Store="$(BuildCacheStore)"><Output TaskParameter="Found" PropertyName="FoundA" /></TestCacheEntry>
                <NewCacheKey Parts="b"><Output TaskParameter="Key" PropertyName="Other" /></NewCacheKey>
                <SaveCacheEntry Key="$(Other)" Paths="../made.txt" Store="$(BuildCacheStore)"><Output TaskParameter="Saved" PropertyName="SavedB" /></SaveCacheEntry>
                <Message Importance="high" Text="saved $(SavedA) found $(FoundA) saved $(SavedB)" />
              </Target>
            </Project>
            """);
        solution.Replace("Lib/Lib.csproj", "</Project>", """<Import Project="../steps.targets" /></Project>""");
        solution.Restore(Lib);
        BuildResult build = solution.Build(Lib, $"-p:BuildCacheStore={solution.Store}%3B{solution.PathOf("blocked")}/store").Succeeded().Counts(hits: 0, misses: 1);
        Assert.Contains("saved True found True saved True", build.Output, StringComparison.Ordinal);
        Assert.Single(WarningsOf(build));
        Assert.Equal(3, EntriesOf(solution.Store).Count());
    }

    [Theory]
    [InlineData("grpc://127.0.0.1:1", "BC2001", "grpc://127.0.0.1:1 cannot be reached")]
    [InlineData("grpcs://127.0.0.1:1?ca=/absent.pem", "BC1010", "/absent.pem")]
    [InlineData("gha:", "BC2001", "ACTIONS_RESULTS_URL is not set")]
    [InlineData("ftp://host", "BC1004", "no store of kind 'ftp'")]
    public void A_store_that_is_away_or_wrong_is_one_warning_and_a_plain_build(string store, string code, string words)
    {
        using TestSolution solution = SolutionTests.Chain();
        solution.Environment["BUILDCACHE_STORE"] = store;
        solution.Environment["ACTIONS_RESULTS_URL"] = "";
        solution.Restore(App);
        BuildResult build = solution.Build(App).Succeeded();
        string warning = Assert.Single(build.Output.Split('\n').TakeWhile(line => line.Trim() != "Build succeeded."), line => line.Contains("warning BC", StringComparison.Ordinal));
        Assert.Contains(code, warning, StringComparison.Ordinal);
        Assert.Contains(words, warning, StringComparison.Ordinal);
        Assert.Equal("1", SolutionTests.RunApp(solution));
    }

    // MSBuild repeats them all at the end.
    private static List<string> WarningsOf(BuildResult build) =>
        [.. build.Output.Split('\n').TakeWhile(line => line.Trim() != "Build succeeded.").Where(line => line.Contains("warning BC2001", StringComparison.Ordinal))];

    private static IEnumerable<string> EntriesOf(string store) =>
        Directory.EnumerateFiles(Path.Combine(store, "entries"), "entry", SearchOption.AllDirectories);
}
