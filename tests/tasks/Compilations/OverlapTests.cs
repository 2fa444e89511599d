namespace BuildCache.MSBuild.Tests.Compilations;

/// <summary>What is saved is what this compilation wrote, from what it was given, whatever others do in the folder meanwhile.</summary>
public class OverlapTests
{
    private const string Project = "Lib/Lib.csproj";

    [Theory]
    [InlineData(Project)]
    [InlineData("Lib/Lib.vbproj")]
    public void A_build_that_another_overtakes_in_one_folder_saves_its_own_assembly_or_none(string project)
    {
        using TestSolution solution = project == Project
            ? new TestSolution().AddLibrary(source: "public class C\n{\n#if OTHER\n    public int Theirs() => 2;\n#else\n    public int Mine() => 1;\n#endif\n}\n")
            : new TestSolution().Write(project, """<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup></Project>""")
                .Write("Lib/Lib.vb", "Public Class C\n#If OTHER Then\n    Public Theirs As Integer\n#Else\n    Public Mine As Integer\n#End If\nEnd Class\n");
        solution.Restore(project);

        HeldBuild.Run(solution, project, null, () => solution.Build(project, "-p:DefineConstants=OTHER").Succeeded(), "-p:DefineConstants=MINE");

        SameAsPlain(solution, project, "-p:DefineConstants=MINE");
        SameAsPlain(solution, project, "-p:DefineConstants=OTHER");
    }

    [Fact]
    public void Two_frameworks_in_one_folder_of_outputs_each_keep_their_own_assembly()
    {
        using TestSolution solution = new TestSolution().AddLibrary();
        solution.Replace(Project, "<TargetFramework>net10.0</TargetFramework>", """
            <TargetFrameworks>net10.0;netstandard2.0</TargetFrameworks>
            <LangVersion>latest</LangVersion>
            <AppendTargetFrameworkToOutputPath>false</AppendTargetFrameworkToOutputPath>
            """);
        solution.Replace(Project, "</Project>", """
              <PropertyGroup><IntermediateOutputPath>obj/Debug/</IntermediateOutputPath></PropertyGroup>
            </Project>
            """);
        solution.Restore(Project);

        HeldBuild.Run(solution, Project, null, () => solution.Build(Project, "-p:TargetFramework=netstandard2.0").Succeeded(), "-p:TargetFramework=net10.0");

        SameAsPlain(solution, Project, "-p:TargetFramework=net10.0");
        SameAsPlain(solution, Project, "-p:TargetFramework=netstandard2.0");
    }

    [Fact]
    public void A_file_of_the_user_beside_generated_ones_is_never_overwritten()
    {
        using TestSolution solution = new TestSolution();
        Generators.AddTo(solution).AddLibrary(
            properties: "<EmitCompilerGeneratedFiles>true</EmitCompilerGeneratedFiles><CompilerGeneratedFilesOutputPath>Generated</CompilerGeneratedFilesOutputPath><Greeting>x</Greeting>",
            items: """
                <Compile Remove="Generated/**" />
                <Analyzer Include="../Gen/bin/Debug/netstandard2.0/Gen.dll" /><CompilerVisibleProperty Include="Greeting" />
                """);
        solution.Write("Lib/Generated/notes.txt", "one");
        solution.Restore("Gen/Gen.csproj");
        solution.BuildWithoutCache("Gen/Gen.csproj").Succeeded();
        solution.Restore(Project);

        HeldBuild.Run(solution, Project, () => solution.Write("Lib/Generated/notes.txt", "two").Write("Lib/Generated/new.txt", "new"), null).Succeeded();

        solution.Write("Lib/Generated/notes.txt", "three");
        File.Delete(solution.PathOf("Lib/Generated/new.txt"));
        Directory.Delete(solution.PathOf("Lib/bin"), recursive: true);
        Directory.Delete(solution.PathOf("Lib/obj/Debug"), recursive: true);
        File.Delete(Generated(solution));
        solution.Build(Project).Succeeded().Counts(hits: 1, misses: 0);
        Assert.Equal("three", File.ReadAllText(solution.PathOf("Lib/Generated/notes.txt")));
        Assert.False(File.Exists(solution.PathOf("Lib/Generated/new.txt")));
        Assert.True(File.Exists(Generated(solution)));
    }

    [Theory]
    [InlineData("Lib/Lib.cs")]
    [InlineData("Lib/embedded.txt")]
    [InlineData("Lib/docs.xml")]
    public void An_input_that_is_changed_while_the_compiler_runs_and_put_back_is_not_saved(string input)
    {
        using TestSolution solution = new TestSolution().AddLibrary(
            properties: "<GenerateDocumentationFile>true</GenerateDocumentationFile><NoWarn>CS1591</NoWarn>",
            items: """<EmbeddedResource Include="embedded.txt" />""",
            source: "/// <include file='docs.xml' path='docs/c/*' />\npublic class C { public const string Text = \"Original\"; }\n")
            .Write("Lib/embedded.txt", "Original").Write("Lib/docs.xml", "<docs><c><summary>Original</summary></c></docs>");
        solution.Restore(Project);
        string text = File.ReadAllText(solution.PathOf(input));
        DateTime time = File.GetLastWriteTimeUtc(solution.PathOf(input));

        HeldBuild.Run(solution, Project, () => solution.Replace(input, "Original", "Modified"), () =>
        {
            solution.Write(input, text);
            File.SetLastWriteTimeUtc(solution.PathOf(input), time);
        }).Succeeded();
        Assert.Contains("Modified", Output(solution, "Lib.dll") + Output(solution, "Lib.xml"), StringComparison.Ordinal);

        SameAsPlain(solution, Project);
    }

    private static string Generated(TestSolution solution) => solution.PathOf("Lib/Generated/Gen/GreetingGenerator/Greeting.g.cs");

    // Latin-1 keeps every byte; a literal of the source is UTF-16 there.
    private static string Output(TestSolution solution, string name) =>
        System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(solution.PathOf("Lib/obj/Debug/net10.0/" + name))).Replace("\0", "", StringComparison.Ordinal);

    private static void SameAsPlain(TestSolution solution, string project, params string[] arguments)
    {
        solution.Wipe();
        BuildResult build = solution.Build(project, arguments);
        SortedDictionary<string, string> outputs = solution.Outputs();
        solution.Wipe();
        Equivalence.Same(solution.BuildWithoutCache(project, arguments), solution.Outputs(), build, outputs);
    }
}
