namespace BuildCache.MSBuild.Tests.Compilations;

/// <summary>Outputs that depend on the folder they were made in, in ways that a search for its text does not see.</summary>
public class PlaceTests
{
    private const string Project = "Lib/Lib.csproj";
    private const string Mapped = """<Project><PropertyGroup><PathMap>$(MSBuildThisFileDirectory)=/_/</PathMap></PropertyGroup></Project>""";
    private const string WithGenerator = """<ProjectReference Include="../Gen/Gen.csproj" OutputItemType="Analyzer" ReferenceOutputAssembly="false" />""";

    [Theory]
    [InlineData("my repo a", "my repo bb")]
    [InlineData("k\u00e4se", "k\u00e4sse")]
    [InlineData("a'b", "a'bb")]
    public void A_SARIF_log_names_the_files_of_its_own_folder(string from, string to)
    {
        using TestSolution top = new TestSolution().Write("Directory.Build.props", Mapped)
            .AddLibrary(properties: "<ErrorLog>$(MSBuildProjectDirectory)/obj/lib.sarif,version=2.1</ErrorLog>");
        Elsewhere(to, top.Copy(from));
    }

    [Fact]
    public void A_type_local_to_a_file_is_named_after_the_path_of_its_own_folder() => Elsewhere("elsewhere", new TestSolution()
        .AddLibrary(properties: "<DebugType>none</DebugType>", source: "file class Hidden { public int M() => 1; }\npublic class C { public object M() => new Hidden(); }\n"));

    [Theory]
    [InlineData("\"\" + context.Node.SyntaxTree.FilePath.Length")]
    [InlineData("Hash(context.Node.SyntaxTree.FilePath)")]
    [InlineData("System.Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(context.Node.SyntaxTree.FilePath))")]
    public void A_generator_that_measures_or_hashes_the_path_of_a_source_sees_its_own_folder(string expression)
    {
        TestSolution solution = new TestSolution().Write("Directory.Build.props", Mapped);
        Generators.AddTo(solution).AddLibrary(items: WithGenerator);
        solution.Write("Gen/Gen.cs", $$"""
            using Microsoft.CodeAnalysis;
            using Microsoft.CodeAnalysis.CSharp.Syntax;
            [Generator]
            public sealed class PlaceGenerator : IIncrementalGenerator
            {
                public void Initialize(IncrementalGeneratorInitializationContext context) => context.RegisterSourceOutput(
                    context.SyntaxProvider.CreateSyntaxProvider((node, _) => node is ClassDeclarationSyntax { Identifier.ValueText: "C" }, (context, _) => {{expression}}),
                    (output, text) => output.AddSource("Place.g.cs", "public static class Place { public static string Text() => \"" + text + "\"; }"));
                private static string Hash(string text) { int hash = 17; foreach (char c in text) hash = hash * 31 + c; return hash.ToString(); }
            }
            """);
        Elsewhere("elsewhere", solution);
    }

    [Theory]
    [InlineData("greeting.Length")]
    [InlineData("System.Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(greeting))")]
    public void A_generator_that_measures_the_folder_of_the_project_sees_its_own(string expression)
    {
        TestSolution solution = new TestSolution().Write("Directory.Build.props", Mapped);
        Generators.AddTo(solution).AddLibrary(items: WithGenerator);
        solution.Replace("Gen/Gen.cs", "build_property.Greeting", "build_property.ProjectDir");
        solution.Replace("Gen/Gen.cs", "+ greeting +", $"+ {expression} +");
        Elsewhere("elsewhere", solution);
    }

    [Fact]
    public void A_caller_argument_holds_the_path_of_its_own_folder() => Elsewhere("elsewhere", new TestSolution()
        .AddLibrary(properties: "<DebugType>none</DebugType>", source: """
            using System.Runtime.CompilerServices;
            public class C { public string M() => Path(); private static string Path([CallerFilePath] string path = "") => path; }
            """));

    [Fact]
    public void A_checkout_that_is_reached_through_a_link_has_the_paths_of_the_link()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A link takes a privilege there.");
        using TestSolution solution = new TestSolution().AddLibrary(properties: "<ErrorLog>$(MSBuildProjectDirectory)/obj/lib.sarif,version=2.1</ErrorLog>");
        string link = Path.Combine(solution.Root, "..", "link");
        link = Path.GetFullPath(link);
        Directory.CreateSymbolicLink(link, solution.Root);
        solution.Restore(Project);
        solution.Build(solution.PathOf(Project)).Succeeded();
        string through = Path.Combine(link, Project);
        solution.Restore(through);
        solution.Wipe();
        BuildResult build = solution.Build(through).Succeeded();
        SortedDictionary<string, string> outputs = solution.Outputs();
        solution.Wipe();
        Equivalence.Same(solution.BuildWithoutCache(through), solution.Outputs(), build, outputs);
        solution.Wipe();
        solution.Build(through).Succeeded().Counts(hits: 1, misses: 0);
        Assert.Equal(outputs, solution.Outputs());
    }

    [Fact]
    public void A_Razor_project_says_why_it_misses_in_another_folder()
    {
        using TestSolution first = new TestSolution().Write("Directory.Build.props", Mapped)
            .Write("Lib/Lib.csproj", """
                <Project Sdk="Microsoft.NET.Sdk.Razor">
                  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
                  <ItemGroup><FrameworkReference Include="Microsoft.AspNetCore.App" /></ItemGroup>
                </Project>
                """)
            .Write("Lib/Hello.razor", "<p>hello @(1 + 1)</p>\n");
        TestSolution second = first.Copy("elsewhere");
        first.Restore(Project);
        first.Build(Project).Succeeded().Counts(hits: 0, misses: 1);
        second.Restore(Project);
        BuildResult build = second.Build(Project).Succeeded();
        SortedDictionary<string, string> outputs = second.Outputs();
        second.Wipe();
        Equivalence.Same(second.BuildWithoutCache(Project), second.Outputs(), build, outputs);

        // A hit is as good; but a PathMap is there, so none may be asked for.
        Assert.DoesNotContain("PathMap keeps", build.Output, StringComparison.Ordinal);
        if (build.Misses > 0)
        {
            Assert.Contains(build.Compilations, compilation => compilation.Reason?.Contains("razor", StringComparison.OrdinalIgnoreCase) == true
                || compilation.Reason?.Contains("generator", StringComparison.OrdinalIgnoreCase) == true);
        }
    }

    // Fills the cache in one folder and builds from it in another, which must be as if there were no cache.
    private static void Elsewhere(string folder, TestSolution solution)
    {
        using TestSolution first = solution;
        TestSolution second = first.Copy(folder);
        first.Restore(Project);
        first.Build(Project).Succeeded();
        second.Restore(Project);
        BuildResult build = second.Build(Project).Succeeded();
        SortedDictionary<string, string> outputs = second.Outputs();
        second.Wipe();
        Equivalence.Same(second.BuildWithoutCache(Project), second.Outputs(), build, outputs);
    }
}
