namespace BuildCache.MSBuild.Tests.Compilations;

/// <summary>Inputs and outputs of a compilation that only the user knows.</summary>
public class DeclaredInputTests
{
    // What a generator should not do, and generators out there do.
    private const string ReadHidden = "System.IO.File.ReadAllText(System.IO.Path.Combine(System.Environment.GetEnvironmentVariable(\"HIDDEN\"), \"a.txt\"))";

    [Theory]
    [InlineData("$(MSBuildProjectDirectory)/data.txt")]
    [InlineData("data.txt")]
    public void A_visible_property_that_names_a_file_counts_by_its_content(string value)
    {
        using TestSolution solution = GeneratorProject.Create("System.IO.File.Exists(greeting) ? System.IO.File.ReadAllText(greeting) : \"none\"");
        solution.Write("Lib/data.txt", "one").Replace(GeneratorProject.Library, "<Greeting>hello</Greeting>", $"<Greeting>{value}</Greeting>");
        solution.Build(GeneratorProject.Library, "-p:UseSharedCompilation=false").Succeeded().Counts(hits: 0, misses: 1);
        solution.Write("Lib/data.txt", "two");
        GeneratorProject.SameAsPlain(solution, "-p:UseSharedCompilation=false");
        File.Delete(solution.PathOf("Lib/data.txt"));
        GeneratorProject.SameAsPlain(solution, "-p:UseSharedCompilation=false");
    }

    [Theory]
    [InlineData("hidden/a.txt")]
    [InlineData("hidden/**/*.txt")]
    public void A_declared_input_counts(string include)
    {
        using TestSolution solution = GeneratorProject.Create(ReadHidden, items: $"""<BuildCacheInput Include="{include}" />""");
        solution.Write("Lib/hidden/a.txt", "one");
        solution.Environment["HIDDEN"] = solution.PathOf("Lib/hidden");
        solution.Build(GeneratorProject.Library, "-p:UseSharedCompilation=false").Succeeded().Counts(hits: 0, misses: 1);
        solution.Write("Lib/hidden/a.txt", "two");
        GeneratorProject.SameAsPlain(solution, "-p:UseSharedCompilation=false").Counts(hits: 0, misses: 1);
        GeneratorProject.SameAsPlain(solution, "-p:UseSharedCompilation=false").Counts(hits: 1, misses: 0);
    }

    [Fact]
    public void A_declared_variable_counts()
    {
        using TestSolution solution = GeneratorProject.Create("System.Environment.GetEnvironmentVariable(\"SAID\")", items: """<BuildCacheInput Include="SAID" Kind="Environment" />""");
        solution.Environment["SAID"] = "one";
        solution.Build(GeneratorProject.Library, "-p:UseSharedCompilation=false").Succeeded().Counts(hits: 0, misses: 1);
        solution.Environment["SAID"] = "two";
        GeneratorProject.SameAsPlain(solution, "-p:UseSharedCompilation=false").Counts(hits: 0, misses: 1);
        solution.Environment.Remove("SAID");
        GeneratorProject.SameAsPlain(solution, "-p:UseSharedCompilation=false").Counts(hits: 0, misses: 1);
    }

    [Fact]
    public void A_declared_output_is_there_after_a_hit()
    {
        using TestSolution solution = GeneratorProject.Create(
            "new System.Func<string>(() => { System.IO.File.WriteAllText(greeting, \"written\"); return \"\"; })()", "<Greeting>$(MSBuildProjectDirectory)/obj/Debug/extra.txt</Greeting>", """<BuildCacheOutput Include="obj/Debug/extra.txt" />""");
        solution.Build(GeneratorProject.Library).Succeeded().Counts(hits: 0, misses: 1);
        GeneratorProject.SameAsPlain(solution).Counts(hits: 1, misses: 0);
        Assert.True(File.Exists(solution.PathOf("Lib/obj/Debug/extra.txt")));
    }

    [Theory]
    [InlineData("SonarQubeTargetFilePath")]
    [InlineData("SonarQubeOutputPath")]
    public void Under_the_scanner_of_SonarQube_it_is_compiled_and_says_why(string property)
    {
        using TestSolution solution = new TestSolution().AddLibrary();
        solution.Restore(GeneratorProject.Library);
        BuildResult build = solution.Build(GeneratorProject.Library, $"-p:{property}={solution.PathOf("sonar")}").Succeeded().Counts(hits: 0, misses: 0, bypassed: 1);
        Assert.Contains("Sonar", build.Compilations.Single().Reason, StringComparison.Ordinal);
    }
}
