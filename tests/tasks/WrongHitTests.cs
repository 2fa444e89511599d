namespace BuildCache.MSBuild.Tests;

/// <summary>What the compiler's own cache gets wrong: each was a wrong hit there, reproduced against an uncached build.</summary>
public class WrongHitTests
{
    private const string Project = "Lib/Lib.csproj";

    [Fact]
    public void A_rule_that_became_an_error_fails_the_build()
    {
        using TestSolution solution = new TestSolution().AddLibrary().Write(".editorconfig", "root = true\n");
        Equivalence.AfterChange(solution, Project, () => solution.Write(".editorconfig", "root = true\n[*.cs]\ndotnet_diagnostic.CS0168.severity = error\n"));
        Assert.NotEqual(0, solution.Build(Project).ExitCode);
    }

    [Fact]
    public void A_property_that_a_generator_reads_gives_the_binary_of_its_value()
    {
        using TestSolution solution = new TestSolution();
        Generators.AddTo(solution).AddLibrary(
            properties: "<Greeting>one</Greeting>",
            items: """<ProjectReference Include="../Gen/Gen.csproj" OutputItemType="Analyzer" ReferenceOutputAssembly="false" /><CompilerVisibleProperty Include="Greeting" />""");
        Equivalence.AfterChange(solution, Project, () => solution.Replace(Project, "one", "two"));
        Assert.Contains("two", File.ReadAllText(solution.PathOf("Lib/bin/Debug/net10.0/Lib.dll"), System.Text.Encoding.Unicode) + ReadOdd(solution.PathOf("Lib/bin/Debug/net10.0/Lib.dll")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_hit_keeps_warnings_log_generated_files_and_documentation()
    {
        using TestSolution solution = new TestSolution();
        Generators.AddTo(solution).AddLibrary(
            properties: "<ErrorLog>$(MSBuildProjectDirectory)/obj/lib.sarif,version=2.1</ErrorLog><EmitCompilerGeneratedFiles>true</EmitCompilerGeneratedFiles><GenerateDocumentationFile>true</GenerateDocumentationFile><Greeting>x</Greeting>",
            items: """<ProjectReference Include="../Gen/Gen.csproj" OutputItemType="Analyzer" ReferenceOutputAssembly="false" /><CompilerVisibleProperty Include="Greeting" />""");
        BuildResult hit = Equivalence.OfHit(solution, Project);
        Assert.Contains(hit.Diagnostics, line => line.Contains("CS0168", StringComparison.Ordinal) && line.Contains("(4,26)", StringComparison.Ordinal));
        Assert.Contains("CS0168", File.ReadAllText(solution.PathOf("Lib/obj/lib.sarif")), StringComparison.Ordinal);
        Assert.Single(Directory.EnumerateFiles(solution.PathOf("Lib/obj/Debug/net10.0/generated"), "Greeting.g.cs", SearchOption.AllDirectories));
    }

    // UTF-16 text may start at an odd byte.
    private static string ReadOdd(string path) => System.Text.Encoding.Unicode.GetString(File.ReadAllBytes(path).AsSpan(1));
}
