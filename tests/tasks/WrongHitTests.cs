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
    public void An_application_manifest_is_in_the_output()
    {
        using TestSolution solution = new TestSolution()
            .AddLibrary(properties: "<ApplicationManifest>app.manifest</ApplicationManifest>").Write("Lib/app.manifest", Manifest("one"));
        Equivalence.AfterChange(solution, Project, () => solution.Write("Lib/app.manifest", Manifest("two")));
    }

    [Fact]
    public void Symbols_hold_the_sources_when_asked_to()
    {
        using TestSolution solution = new TestSolution().AddLibrary();
        Equivalence.AfterChange(solution, Project, () => solution.Replace(Project, "<TargetFramework>", "<EmbedAllSources>true</EmbedAllSources><TargetFramework>"));
    }

    [Theory]
    [InlineData("/// <include file='docs.xml' path='docs/c/*' />")]
    [InlineData("/// <include file=\"docs.xml\"\n/// path='docs/c/*' />")]
    [InlineData("/// <include\n/// file='../Lib/docs.xml' path='docs/c/*' />")]
    [InlineData("/** <include path='docs/c/*' file='docs.xml' /> */")]
    public void Documentation_from_another_file_is_of_that_file(string comment)
    {
        using TestSolution solution = new TestSolution()
            .AddLibrary(properties: "<GenerateDocumentationFile>true</GenerateDocumentationFile><NoWarn>CS1591</NoWarn>", source: comment + "\npublic class C { }\n")
            .Write("Lib/docs.xml", "<docs><c><summary>one</summary></c></docs>");
        Equivalence.AfterChange(solution, Project, () => solution.Write("Lib/docs.xml", "<docs><c><summary>two</summary></c></docs>"));
        Assert.Contains("two", File.ReadAllText(solution.PathOf("Lib/bin/Debug/net10.0/Lib.xml")), StringComparison.Ordinal);
    }

    [Fact]
    public void Documentation_from_a_file_that_an_included_file_includes_is_of_that_file()
    {
        using TestSolution solution = new TestSolution()
            .AddLibrary(properties: "<GenerateDocumentationFile>true</GenerateDocumentationFile>", source: "/// <include file='docs.xml' path='docs/c/*' />\npublic class C { }\n")
            .Write("Lib/docs.xml", "<docs><c><include file='more.xml' path='docs/d/*' /></c></docs>")
            .Write("Lib/more.xml", "<docs><d><summary>one</summary></d></docs>");
        Equivalence.AfterChange(solution, Project, () => solution.Write("Lib/more.xml", "<docs><d><summary>two</summary></d></docs>"));
    }

    [Fact]
    public void A_documentation_file_that_appears_is_noticed()
    {
        using TestSolution solution = new TestSolution()
            .AddLibrary(properties: "<GenerateDocumentationFile>true</GenerateDocumentationFile>", source: "/// <include file='docs.xml' path='docs/c/*' />\npublic class C { }\n");
        Equivalence.AfterChange(solution, Project, () => solution.Write("Lib/docs.xml", "<docs><c><summary>two</summary></c></docs>"));
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

    private static string Manifest(string name) => $"""
        <?xml version="1.0" encoding="utf-8"?>
        <assembly manifestVersion="1.0" xmlns="urn:schemas-microsoft-com:asm.v1"><assemblyIdentity version="1.0.0.0" name="{name}" /></assembly>
        """;

    // UTF-16 text may start at an odd byte.
    private static string ReadOdd(string path) => System.Text.Encoding.Unicode.GetString(File.ReadAllBytes(path).AsSpan(1));
}
