namespace BuildCache.MSBuild.Tests.Fsharp;

/// <summary>F#, with the promise that C# has: a hit is the build without the cache, and what cannot be promised is bypassed with a reason.</summary>
public class FSharpTests
{
    private const string Project = FSharpProject.File;

    [Fact]
    public void A_library_and_a_program_come_from_the_cache()
    {
        using TestSolution solution = FSharpProject.Library();
        FSharpProject.Add(solution, "App", "<OutputType>Exe</OutputType>", """<ProjectReference Include="../Lib/Lib.fsproj" />""", "module App\nprintfn \"%d\" (Lib.twice 21)\n");
        Equivalence.OfHit(solution, "App/App.fsproj").Counts(hits: 2, misses: 0);
        Assert.Equal("42", solution.Run("App/bin/Debug/net10.0/App.dll").Succeeded().Output.Trim());

        // A private change of the library is one of the program's only where its signature data is.
        solution.Replace("Lib/Lib.fs", "x * 2", "x * 3");
        solution.Wipe();
        BuildResult changed = solution.Build("App/App.fsproj").Succeeded();
        SortedDictionary<string, string> outputs = solution.Outputs();
        Assert.NotEqual(0, changed.Misses);
        Assert.Equal("63", solution.Run("App/bin/Debug/net10.0/App.dll").Succeeded().Output.Trim());
        solution.Wipe();
        Equivalence.Same(solution.BuildWithoutCache("App/App.fsproj"), solution.Outputs(), changed, outputs);
    }

    [Fact]
    public void Symbols_documentation_and_warnings_are_there_after_a_miss_and_after_a_hit()
    {
        using TestSolution solution = FSharpProject.Library("<GenerateDocumentationFile>true</GenerateDocumentationFile>", source: "module Lib\n/// doubled\nlet twice x = (match x with 1 -> 2)\n");
        solution.Restore(Project);
        foreach (int hits in (int[])[0, 1])
        {
            solution.Wipe();
            BuildResult build = solution.Build(Project).Succeeded().Counts(hits, 1 - hits);
            Assert.True(File.Exists(solution.PathOf("Lib/bin/Debug/net10.0/Lib.pdb")));
            Assert.Contains("doubled", File.ReadAllText(solution.PathOf("Lib/bin/Debug/net10.0/Lib.xml")), StringComparison.Ordinal);
            Assert.Contains(build.Diagnostics, line => line.Contains("FS0025", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Generated_sources_in_the_symbols_come_from_the_cache()
    {
        using TestSolution solution = FSharpProject.Library("<EmbedUntrackedSources>true</EmbedUntrackedSources>");
        Equivalence.OfHit(solution, Project).Counts(hits: 1, misses: 0);
    }

    [Theory]
    [InlineData("<OtherFlags>--load:extra.fsx</OtherFlags>", "load")]
    [InlineData("<OtherFlags>@more.rsp</OtherFlags>", "--load")]
    [InlineData("<OtherFlags>--compilertool:tools</OtherFlags>", "compilertool")]
    [InlineData("<OtherFlags>--deterministic-</OtherFlags>", "deterministic")]
    [InlineData("<Deterministic>false</Deterministic>", "deterministic")]
    public void What_cannot_be_promised_is_compiled_and_says_why(string property, string reason)
    {
        using TestSolution solution = FSharpProject.Library(property).Write("Lib/extra.fsx", "printfn \"loaded\"\n").Write("Lib/more.rsp", "--nowarn:25\n--load:extra.fsx\n").Write("Lib/tools/readme.txt", "");
        Bypassed(solution, Project, reason);
    }

    [Fact]
    public void A_reference_that_provides_types_is_compiled_and_says_why()
    {
        using TestSolution solution = FSharpProject.Add(new TestSolution(), "Provider", "", "",
            "module Provider\n[<assembly: Microsoft.FSharp.Core.CompilerServices.TypeProviderAssembly>]\ndo ()\nlet one = 1\n");
        FSharpProject.Library(items: """<ProjectReference Include="../Provider/Provider.fsproj" />""", solution: solution);
        solution.Restore(Project);
        solution.BuildWithoutCache("Provider/Provider.fsproj").Succeeded();
        Bypassed(solution, Project, "provider", "-p:BuildProjectReferences=false");
    }

    private static void Bypassed(TestSolution solution, string project, string reason, params string[] arguments)
    {
        solution.Restore(project);
        BuildResult build = solution.Build(project, arguments);
        SortedDictionary<string, string> outputs = solution.Outputs();
        (string _, string outcome, string? why) = Assert.Single(build.Compilations);
        Assert.Equal("Bypassed", outcome);
        Assert.Contains(reason, why, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(solution.BuildWithoutCache(project, [.. arguments, "--no-incremental"]).ExitCode, build.ExitCode);
        Assert.Equal(outputs.Keys, solution.Outputs().Keys);
    }
}
