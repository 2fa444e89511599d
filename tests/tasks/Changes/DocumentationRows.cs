namespace BuildCache.MSBuild.Tests.Changes;

/// <summary>The forms of documentation that is taken from another file, and a change of that file.</summary>
internal static class DocumentationRows
{
    private const string Documents = "<GenerateDocumentationFile>true</GenerateDocumentationFile><NoWarn>CS1591</NoWarn>";

    private static readonly (string Comment, string File)[] s_comments =
    [
        ("/// <include file='docs.xml' path='docs/c/*' />", "docs.xml"),
        ("/// <include file=\"docs.xml\"\n/// path='docs/c/*' />", "docs.xml"),
        ("/// <include\n/// file='../Lib/docs.xml' path='docs/c/*' />", "docs.xml"),
        ("/** <include path='docs/c/*' file='docs.xml' /> */", "docs.xml"),
        ("/// <include path='docs/c[position()>0]/*' file='docs.xml' />", "docs.xml"),
        ("/// <include path=\"docs/c[position()>0]/*\" file=\"docs.xml\"/>", "docs.xml"),
        ("/// <include path='docs/c[position()&gt;0]/*' file='docs.xml' />", "docs.xml"),
        ("/// <include file='d&#111;cs.xml' path='docs/c/*' />", "docs.xml"),
        ("/// <include file='d&amp;o.xml' path='docs/c/*' />", "d&o.xml"),
        ("/// <include path='docs/c[position()\n/// >0]/*'\n///   file\n///   =\n///   'docs.xml' />", "docs.xml"),
        ("/**\n * <include path='docs/c[position()>0]/*'\n *   file='docs.xml' />\n */", "docs.xml"),
        ("/// <summary><include path='docs/c[1>0]/summary' file='docs.xml' /></summary>", "docs.xml"),
        ("/// <summary>a</summary>\n/// <!-- > --><include path='docs/c/*' file='docs.xml' />", "docs.xml"),
    ];

    public static readonly Dictionary<string, ChangeRow> All = new()
    {
        ["a file that an included file includes"] = new(
            s => s.AddLibrary(properties: Documents, source: "/// <include path='docs/c[position()>0]/*' file='sub/docs.xml' />\npublic class C { }\n")
                .Write("Lib/sub/docs.xml", "<docs><c><include path=\"docs/c[position()>0]/*\" file='more.xml' /></c></docs>").Write("Lib/sub/more.xml", Docs("one")),
            s => s.Write("Lib/sub/more.xml", Docs("two"))),
        ["a file that appears"] = new(
            s => s.AddLibrary(properties: Documents, source: "/// <include file='docs.xml' path='docs/c/*' />\npublic class C { }\n"), s => s.Write("Lib/docs.xml", Docs("two"))),
        ["Visual Basic"] = new(
            s => s.Write("Lib/Lib.vbproj", $"""<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework>{Documents}</PropertyGroup></Project>""")
                .Write("Lib/Lib.vb", "''' <include path=\"docs/c[position()>0]/*\"\n'''   file=\"docs.xml\" />\nPublic Class C\nEnd Class\n").Write("Lib/docs.xml", Docs("one")),
            s => s.Write("Lib/docs.xml", Docs("two"))),
        ["a generator names it"] = new(
            s =>
            {
                Generators.AddTo(s).AddLibrary(properties: Documents, items: """<ProjectReference Include="../Gen/Gen.csproj" OutputItemType="Analyzer" ReferenceOutputAssembly="false" />""")
                    .Write("Lib/docs.xml", Docs("one"))
                    .Replace("Gen/Gen.cs", "public static class Greeting", "/// <include path='docs/c[position()>0]/*' file='docs.xml' />\\npublic static class Greeting");
            },
            s => s.Write("Lib/docs.xml", Docs("two"))),
    };

    static DocumentationRows()
    {
        foreach ((string comment, string file) in s_comments)
        {
            All[comment] = new ChangeRow(
                s => s.AddLibrary(properties: Documents, source: comment + "\npublic class C { }\n").Write("Lib/" + file, Docs("one")), s => s.Write("Lib/" + file, Docs("two")));
        }
    }

    private static string Docs(string text) => $"<docs><c><summary>{text}</summary></c></docs>";
}
