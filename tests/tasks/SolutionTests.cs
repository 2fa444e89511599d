using System.Diagnostics;

namespace BuildCache.MSBuild.Tests;

/// <summary>Several projects, several checkouts, several commits.</summary>
public class SolutionTests
{
    private const string App = "App/App.csproj";

    [Fact]
    public void A_private_change_misses_once_and_the_program_has_the_new_behaviour()
    {
        using TestSolution solution = Chain();
        solution.Restore(App);
        solution.Build(App).Succeeded().Counts(hits: 0, misses: 3);
        Assert.Equal("1", RunApp(solution));
        solution.Replace("Low/Low.cs", "return 1", "return 7");

        solution.Wipe();
        solution.Build(App).Succeeded().Counts(hits: 2, misses: 1);
        Assert.Equal("7", RunApp(solution));
        SortedDictionary<string, string> outputs = solution.Outputs();
        solution.Wipe();
        solution.BuildWithoutCache(App).Succeeded();
        Assert.Equal(solution.Outputs(), outputs);
    }

    [Fact]
    public void A_generator_that_the_same_solution_builds_counts_by_what_it_does()
    {
        using TestSolution solution = new TestSolution();
        Generators.AddTo(solution).AddLibrary(items: """<ProjectReference Include="../Gen/Gen.csproj" OutputItemType="Analyzer" ReferenceOutputAssembly="false" />""");
        Equivalence.AfterChange(solution, "Lib/Lib.csproj", () => solution.Replace("Gen/Gen.cs", "public static string Text()", "public static string Words()"), misses: 2);
    }

    [Fact]
    public void A_checkout_in_another_folder_is_served_where_the_outputs_do_not_hold_the_folder()
    {
        using TestSolution first = Chain().Write("Directory.Build.props", """<Project><PropertyGroup><PathMap>$(MSBuildThisFileDirectory)=/_/</PathMap></PropertyGroup></Project>""");
        TestSolution second = first.Copy("elsewhere");
        first.Restore(App);
        first.Build(App).Succeeded().Counts(hits: 0, misses: 3);
        second.Restore(App);
        second.BuildWithoutCache(App).Succeeded();
        SortedDictionary<string, string> control = second.Outputs();
        second.Wipe();
        BuildResult hit = second.Build(App).Succeeded().Counts(hits: 3, misses: 0);
        Assert.Equal(control, second.Outputs());
        Assert.Contains("/elsewhere/App/App.cs", hit.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("/work/App", hit.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkout_in_another_folder_is_compiled_where_the_outputs_hold_the_folder_and_the_summary_says_so()
    {
        using TestSolution first = Chain();
        TestSolution second = first.Copy("elsewhere");
        first.Restore(App);
        first.Build(App).Succeeded();
        second.Restore(App);
        BuildResult build = second.Build(App).Succeeded().Counts(hits: 0, misses: 3);
        Assert.Contains("missed only because the folder is another", build.Output, StringComparison.Ordinal);
        SortedDictionary<string, string> outputs = second.Outputs();
        second.Wipe();
        second.BuildWithoutCache(App).Succeeded();
        Assert.Equal(second.Outputs(), outputs);

        // Both stay in the cache, side by side.
        first.Wipe();
        first.Build(App).Succeeded().Counts(hits: 3, misses: 0);
        second.Wipe();
        second.Build(App).Succeeded().Counts(hits: 3, misses: 0);
    }

    [Fact]
    public void A_compressed_source_in_the_symbols_that_holds_the_folder_is_found()
    {
        using TestSolution first = new TestSolution().Write("Directory.Build.props", """<Project><PropertyGroup><PathMap>$(MSBuildThisFileDirectory)=/_/</PathMap><DebugType>embedded</DebugType></PropertyGroup></Project>""");
        Generators.AddTo(first).AddLibrary(
            properties: "<Greeting>$(MSBuildProjectDirectory)</Greeting>",
            items: """<ProjectReference Include="../Gen/Gen.csproj" OutputItemType="Analyzer" ReferenceOutputAssembly="false" /><CompilerVisibleProperty Include="Greeting" />""");
        // The generated text holds the folder in a comment only: it is in no string of the assembly, but in the embedded source.
        first.Replace("Gen/Gen.cs", "\"public static class Greeting { public static string Text() => \\\"\" + greeting + \"\\\"; }\"",
            "\"// \" + greeting + new string('-', 1000) + \"\\npublic static class Greeting { }\"");
        TestSolution second = first.Copy("elsewhere");
        first.Restore("Lib/Lib.csproj");
        first.Build("Lib/Lib.csproj").Succeeded().Counts(hits: 0, misses: 2);
        second.Restore("Lib/Lib.csproj");
        second.Build("Lib/Lib.csproj").Succeeded().Counts(hits: 1, misses: 1);
    }

    [Fact]
    public void A_new_commit_misses_and_the_summary_names_the_switch_that_stops_that()
    {
        using TestSolution solution = Chain().Write("Directory.Build.props", """<Project><PropertyGroup><PathMap>$(MSBuildThisFileDirectory)=/_/</PathMap></PropertyGroup></Project>""").Write(".gitignore", "bin/\nobj/\n");
        Git(solution, "init", "-q");
        Git(solution, "remote", "add", "origin", "https://github.com/example/example.git");
        Commit(solution);
        solution.Restore(App);
        solution.Build(App).Succeeded().Counts(hits: 0, misses: 3);
        solution.Wipe();
        solution.Build(App).Succeeded().Counts(hits: 3, misses: 0);
        Commit(solution);
        solution.Wipe();
        BuildResult missed = solution.Build(App).Succeeded().Counts(hits: 0, misses: 3);
        Assert.Contains("3 missed only because the commit changed; BuildCacheStabilize=true", missed.Output, StringComparison.Ordinal);

        solution.Wipe();
        solution.Build(App, "-p:BuildCacheStabilize=true").Succeeded().Counts(hits: 0, misses: 3);
        Commit(solution);
        solution.Wipe();
        solution.Build(App, "-p:BuildCacheStabilize=true").Succeeded().Counts(hits: 3, misses: 0);
    }

    [Fact]
    public void Two_builds_at_once_over_one_cache_are_both_right()
    {
        using TestSolution first = Chain().Write("Directory.Build.props", """<Project><PropertyGroup><PathMap>$(MSBuildThisFileDirectory)=/_/</PathMap></PropertyGroup></Project>""");
        TestSolution second = first.Copy("elsewhere");
        first.Restore(App);
        second.Restore(App);
        BuildResult[] results = new BuildResult[2];
        Parallel.Invoke(() => results[0] = first.Build(App), () => results[1] = second.Build(App));
        Assert.All(results, result => result.Succeeded());
        Assert.Equal("1", RunApp(first));
        Assert.Equal("1", RunApp(second));
        first.Wipe();
        first.Build(App).Succeeded().Counts(hits: 3, misses: 0);
    }

    internal static TestSolution Chain() => new TestSolution()
        .AddLibrary("Low")
        .AddLibrary("Middle", items: """<ProjectReference Include="../Low/Low.csproj" />""", source: "namespace Middle; public class C { public int M() => new Low.C().M(); }")
        .AddLibrary("App", properties: "<OutputType>Exe</OutputType>", items: """<ProjectReference Include="../Middle/Middle.csproj" />""",
            source: "int unused; System.Console.WriteLine(new Middle.C().M());");

    internal static string RunApp(TestSolution solution) => solution.Run("App/bin/Debug/net10.0/App.dll").Succeeded().Output.Trim();

    private static void Commit(TestSolution solution)
    {
        Git(solution, "add", "-A");
        Git(solution, "-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "-q", "--allow-empty", "-m", "test");
    }

    private static void Git(TestSolution solution, params string[] arguments)
    {
        using Process git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = solution.Root })!;
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
    }
}
