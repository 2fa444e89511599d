namespace BuildCache.MSBuild.Tests.Compilations;

/// <summary>Documentation that is taken from other files, in every form that the compiler reads.</summary>
public class DocumentationTests
{
    private const string Project = "Lib/Lib.csproj";
    private const string Documents = "<GenerateDocumentationFile>true</GenerateDocumentationFile><NoWarn>CS1591</NoWarn>";

    [Theory]
    [InlineData("/// <include path='docs/c[position()>0]/*' file='docs.xml' />", "docs.xml")]
    [InlineData("/// <include path=\"docs/c[position()>0]/*\" file=\"docs.xml\"/>", "docs.xml")]
    [InlineData("/// <include path='docs/c[position()&gt;0]/*' file='docs.xml' />", "docs.xml")]
    [InlineData("/// <include file='d&#111;cs.xml' path='docs/c/*' />", "docs.xml")]
    [InlineData("/// <include file='d&amp;o.xml' path='docs/c/*' />", "d&o.xml")]
    [InlineData("/// <include path='docs/c[position()\n/// >0]/*'\n///   file\n///   =\n///   'docs.xml' />", "docs.xml")]
    [InlineData("/**\n * <include path='docs/c[position()>0]/*'\n *   file='docs.xml' />\n */", "docs.xml")]
    [InlineData("/// <summary><include path='docs/c[1>0]/summary' file='docs.xml' /></summary>", "docs.xml")]
    [InlineData("/// <summary>a</summary>\n/// <!-- > --><include path='docs/c/*' file='docs.xml' />", "docs.xml")]
    public void An_included_file_counts(string comment, string file)
    {
        using TestSolution solution = new TestSolution()
            .AddLibrary(properties: Documents, source: comment + "\npublic class C { }\n").Write("Lib/" + file, Docs("one"));
        Check(solution, Project, () => solution.Write("Lib/" + file, Docs("two")));
    }

    [Fact]
    public void A_file_that_an_included_file_includes_counts()
    {
        using TestSolution solution = new TestSolution()
            .AddLibrary(properties: Documents, source: "/// <include path='docs/c[position()>0]/*' file='sub/docs.xml' />\npublic class C { }\n")
            .Write("Lib/sub/docs.xml", "<docs><c><include path=\"docs/c[position()>0]/*\" file='more.xml' /></c></docs>")
            .Write("Lib/sub/more.xml", Docs("one"));
        Check(solution, Project, () => solution.Write("Lib/sub/more.xml", Docs("two")));
    }

    [Fact]
    public void An_included_file_counts_in_Visual_Basic()
    {
        using TestSolution solution = new TestSolution()
            .Write("Lib/Lib.vbproj", $"""<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework>{Documents}</PropertyGroup></Project>""")
            .Write("Lib/Lib.vb", "''' <include path=\"docs/c[position()>0]/*\"\n'''   file=\"docs.xml\" />\nPublic Class C\nEnd Class\n")
            .Write("Lib/docs.xml", Docs("one"));
        Check(solution, "Lib/Lib.vbproj", () => solution.Write("Lib/docs.xml", Docs("two")));
    }

    [Fact]
    public void An_included_file_counts_where_a_generator_names_it()
    {
        using TestSolution solution = new TestSolution();
        Generators.AddTo(solution).AddLibrary(properties: Documents, items: """<ProjectReference Include="../Gen/Gen.csproj" OutputItemType="Analyzer" ReferenceOutputAssembly="false" />""")
            .Write("Lib/docs.xml", Docs("one"));
        solution.Replace("Gen/Gen.cs", "public static class Greeting", "/// <include path='docs/c[position()>0]/*' file='docs.xml' />\\npublic static class Greeting");
        Check(solution, Project, () => solution.Write("Lib/docs.xml", Docs("two")));
    }

    private static void Check(TestSolution solution, string project, Action change)
    {
        Equivalence.AfterChange(solution, project, change);
        Assert.Contains("two", File.ReadAllText(solution.PathOf("Lib/bin/Debug/net10.0/Lib.xml")), StringComparison.Ordinal);
    }

    private static string Docs(string text) => $"<docs><c><summary>{text}</summary></c></docs>";
}
