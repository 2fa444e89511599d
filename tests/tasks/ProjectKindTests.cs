using BuildCache.MSBuild.Tests.Modes;

namespace BuildCache.MSBuild.Tests;

/// <summary>Kinds of projects and ways to build them, each against an uncached build.</summary>
public class ProjectKindTests
{
    private const string Project = "Lib/Lib.csproj";

    [Fact]
    public void Two_target_frameworks()
    {
        using TestSolution solution = new TestSolution().AddLibrary();
        solution.Replace(Project, "<TargetFramework>net10.0</TargetFramework>", "<LangVersion>latest</LangVersion><TargetFrameworks>net10.0;netstandard2.0</TargetFrameworks>");
        Equivalence.OfHit(solution, Project).Counts(hits: 2, misses: 0);
    }

    [Fact]
    public void Satellite_assemblies()
    {
        using TestSolution solution = new TestSolution().AddLibrary().Write("Lib/Words.resx", Resx.Of("hello")).Write("Lib/Words.de.resx", Resx.Of("hallo"));
        Equivalence.OfHit(solution, Project).Counts(hits: 2, misses: 0);
        Equivalence.AfterChange(solution, Project, () => solution.Write("Lib/Words.de.resx", Resx.Of("servus")));
    }

    [Fact]
    public void Visual_Basic()
    {
        using TestSolution solution = new TestSolution()
            .Write("Lib/Lib.vbproj", """
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup><TargetFramework>net10.0</TargetFramework><GenerateDocumentationFile>true</GenerateDocumentationFile></PropertyGroup>
                </Project>
                """)
            .Write("Lib/Lib.vb", """
                ''' <include file='docs.xml' path='docs/c/*' />
                Public Class C
                    Public Function M() As Integer
                        Dim unused As Integer
                        Return 1
                    End Function
                End Class
                """)
            .Write("Lib/docs.xml", "<docs><c><summary>one</summary></c></docs>");
        BuildResult hit = Equivalence.OfHit(solution, "Lib/Lib.vbproj");
        Assert.Contains(hit.Diagnostics, line => line.Contains("BC42024", StringComparison.Ordinal));
        Equivalence.AfterChange(solution, "Lib/Lib.vbproj", () => solution.Replace("Lib/Lib.vb", "Return 1", "Return 2"));
        Equivalence.AfterChange(solution, "Lib/Lib.vbproj", () => solution.Write("Lib/docs.xml", "<docs><c><summary>two</summary></c></docs>"));
    }

    [Theory]
    [InlineData("build", "-graph")]
    [InlineData("build", "-m:2")]
    [InlineData("publish", "")]
    [InlineData("build", "-p:ContinuousIntegrationBuild=true")]
    [InlineData("build", "-c:Release")]
    [InlineData("build", "-p:UseArtifactsOutput=false")]
    public void Ways_to_build(string verb, string argument)
    {
        using TestSolution solution = new TestSolution()
            .AddLibrary("Dep").AddLibrary(properties: "<OutputType>Exe</OutputType>", items: """<ProjectReference Include="../Dep/Dep.csproj" />""",
                source: "System.Console.WriteLine(new Dep.C().M());");
        Equivalence.OfHit(solution, Project, verb, argument.Length > 0 ? [argument] : []).Counts(hits: 2, misses: 0);
    }

    [Fact]
    public void A_package_made_after_a_hit_holds_the_same_files()
    {
        using TestSolution solution = new TestSolution().AddLibrary();
        solution.Restore(Project);
        solution.Command("pack", Project, false).Succeeded();
        string[] control = Contents(solution);
        solution.Command("pack", Project, true).Succeeded();
        solution.Wipe();
        solution.Build(Project, "-c:Release").Succeeded();
        solution.Wipe();
        solution.Command("pack", Project, true).Succeeded().Counts(hits: 1, misses: 0);
        Assert.Equal(control, Contents(solution));
    }

    [Fact]
    public void After_a_hit_everything_is_up_to_date()
    {
        using TestSolution solution = new TestSolution().AddLibrary("Dep").AddLibrary(items: """<ProjectReference Include="../Dep/Dep.csproj" />""");
        solution.Restore(Project);
        solution.Build(Project).Succeeded();
        solution.Wipe();
        solution.Build(Project).Succeeded().Counts(hits: 2, misses: 0);
        solution.Build(Project, "-question").Succeeded();
        Assert.Empty(solution.Build(Project).Succeeded().Compilations);

        // And what is touched is built, as ever: the compiler's work is served again, since nothing changed.
        File.SetLastWriteTimeUtc(solution.PathOf("Lib/Lib.cs"), DateTime.UtcNow.AddSeconds(1));
        solution.Build(Project).Succeeded().Counts(hits: 1, misses: 0);
        solution.Replace("Lib/Lib.cs", "return 1", "return 2");
        File.SetLastWriteTimeUtc(solution.PathOf("Lib/Lib.cs"), DateTime.UtcNow.AddSeconds(2));
        solution.Build(Project).Succeeded().Counts(hits: 0, misses: 1);
    }

    [Fact]
    public void The_command_line_is_provided_on_a_hit()
    {
        using TestSolution solution = new TestSolution().AddLibrary();
        solution.Replace(Project, "</Project>", """
              <Target Name="Show" AfterTargets="CoreCompile"><WriteLinesToFile File="obj/args.txt" Lines="@(CscCommandLineArgs)" Overwrite="true" /></Target>
            </Project>
            """);
        Equivalence.OfHit(solution, Project, "-p:ProvideCommandLineArgs=true");
        Assert.Contains(File.ReadLines(solution.PathOf("Lib/obj/args.txt")), line => line.Contains("Lib.cs", StringComparison.Ordinal));
    }

    private static string[] Contents(TestSolution solution)
    {
        using System.IO.Compression.ZipArchive package = System.IO.Compression.ZipFile.OpenRead(Directory.EnumerateFiles(solution.PathOf("Lib/bin"), "*.nupkg", SearchOption.AllDirectories).Single());
        return [.. package.Entries.Where(entry => entry.FullName.StartsWith("lib/", StringComparison.Ordinal)).Select(entry =>
        {
            using Stream content = entry.Open();
            return entry.FullName + " " + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content));
        })];
    }
}
