using BuildCache.MSBuild.Compilation;

namespace BuildCache.MSBuild.Tests.Compilers;

/// <summary>The files that documentation includes.</summary>
public sealed class DocumentationIncludesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("buildcache-includes-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("/// <include file='d.xml' path='a' />")]
    [InlineData("/// <include path='d/m[position()>0]/*' file=\"d.xml\" />")]
    [InlineData("    /// <summary/>\r\n    /// <include\r\n    ///   path='x'\r\n    ///   file = 'd.xml'/>")]
    [InlineData("''' <include file=\"d.xml\" path=\"a\" />")]
    [InlineData("/** <include file='d.xml' path='a' /> */")]
    [InlineData("/**\n * <include path='a'\n *   file='d.xml' />\n */")]
    [InlineData("/// <include file='&#100;.xml' path='a' />")]
    [InlineData("/// <a><include file='d.xml' path='a'/></a>")]
    public void An_include_is_found(string comment)
    {
        string source = Path.Combine(_folder, "a.cs");
        File.WriteAllText(source, comment + "\nclass C { }");
        Assert.Contains(Path.Combine(_folder, "d.xml"), DocumentationIncludes.Of([source], _folder));
    }

    [Fact]
    public void What_is_no_documentation_includes_nothing()
    {
        string source = Path.Combine(_folder, "a.cs");
        File.WriteAllText(source, "// <include file='d.xml'/>\nclass C { string s = \"<include file='d.xml'/>\"; }");
        Assert.Empty(DocumentationIncludes.Of([source], _folder));
    }
}
