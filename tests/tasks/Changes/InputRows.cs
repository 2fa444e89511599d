using System.Security.Cryptography;

namespace BuildCache.MSBuild.Tests.Changes;

/// <summary>What a key of the compiler covers, one input in a row: a project that has it, and a change of it alone.</summary>
internal static class InputRows
{
    private const string Project = "Lib/Lib.csproj";

    private static readonly string[] s_properties =
    [
        "Optimize=true", "DefineConstants=EXTRA", "LangVersion=12", "CheckForOverflowUnderflow=true", "DebugType=embedded",
        "DebugType=none", "NoWarn=CS0168", "Nullable=enable", "Features=strict", "TreatWarningsAsErrors=true", "WarningLevel=0", "PlatformTarget=x64",
        "EmbedAllSources=true", "ChecksumAlgorithm=SHA1", "ProduceReferenceAssembly=false", "GenerateDocumentationFile=true", "PathMap=$(MSBuildProjectDirectory)=/_/",
    ];

    public static readonly Dictionary<string, ChangeRow> All = new()
    {
        ["a source"] = new(s => s.AddLibrary(), s => s.Replace("Lib/Lib.cs", "return 1", "return 2")),
        ["a source gone"] = new(s => s.AddLibrary().Write("Lib/More.cs", "public class More { }"), s => File.Delete(s.PathOf("Lib/More.cs"))),
        ["a source renamed"] = new(s => s.AddLibrary().Write("Lib/More.cs", "public class More { }"), s => File.Move(s.PathOf("Lib/More.cs"), s.PathOf("Lib/Other.cs"))),
        ["a reference"] = new(
            s => s.AddLibrary("Dep").AddLibrary(items: """<ProjectReference Include="../Dep/Dep.csproj" />"""),
            s => s.Replace("Dep/Dep.cs", "public int M()", "public long M()"), Misses: 2),
        ["the alias of a reference"] = new(
            s => s.AddLibrary("Dep").AddLibrary(items: """<ProjectReference Include="../Dep/Dep.csproj" Aliases="global" />"""),
            s => s.Replace(Project, "Aliases=\"global\"", "Aliases=\"global,dep\"")),
        ["interop types of a reference"] = new(
            s => s.AddLibrary("Dep").AddLibrary(items: """<ProjectReference Include="../Dep/Dep.csproj" EmbedInteropTypes="false" />"""),
            s => s.Replace(Project, "EmbedInteropTypes=\"false\"", "EmbedInteropTypes=\"true\"")),
        ["an additional file"] = new(s => s.AddLibrary(items: """<AdditionalFiles Include="a.txt" />""").Write("Lib/a.txt", "1"), s => s.Write("Lib/a.txt", "2")),
        ["an analyzer configuration"] = new(
            s => s.AddLibrary().Write(".editorconfig", "root = true\n"), s => s.Write(".editorconfig", "root = true\n[*.cs]\ndotnet_diagnostic.CS0168.severity = none\n")),
        ["a resource"] = new(s => s.AddLibrary(items: """<EmbeddedResource Include="a.txt" />""").Write("Lib/a.txt", "1"), s => s.Write("Lib/a.txt", "2")),
        ["the name of a resource"] = new(
            s => s.AddLibrary(items: """<EmbeddedResource Include="a.txt" LogicalName="x" />""").Write("Lib/a.txt", "1"), s => s.Replace(Project, "LogicalName=\"x\"", "LogicalName=\"y\"")),
        ["the access of a resource"] = new(
            s => s.AddLibrary(items: """<EmbeddedResource Include="a.txt" Access="public" />""").Write("Lib/a.txt", "1"), s => s.Replace(Project, "Access=\"public\"", "Access=\"private\"")),
        ["a linked resource"] = new(s => s.AddLibrary(items: """<LinkResource Include="a.bin" />""").Write("Lib/a.bin", "1"), s => s.Write("Lib/a.bin", "2")),
        ["an embedded file"] = new(s => s.AddLibrary(items: """<EmbeddedFiles Include="a.txt" />""").Write("Lib/a.txt", "one"), s => s.Write("Lib/a.txt", "two")),
        ["a response file"] = new(
            s => s.AddLibrary(properties: "<CompilerResponseFile>$(MSBuildProjectDirectory)/a.rsp</CompilerResponseFile>").Write("Lib/a.rsp", "-nowarn:0168"), s => s.Write("Lib/a.rsp", "-nowarn:0169")),
        ["a nested response file"] = new(
            s => s.AddLibrary(properties: "<CompilerResponseFile>$(MSBuildProjectDirectory)/a.rsp</CompilerResponseFile>").Write("Lib/a.rsp", "@b.rsp").Write("Lib/b.rsp", "-nowarn:0168"),
            s => s.Write("Lib/b.rsp", "-nowarn:0169")),
        ["a signing key"] = new(
            s => s.AddLibrary(properties: "<SignAssembly>true</SignAssembly><AssemblyOriginatorKeyFile>a.snk</AssemblyOriginatorKeyFile>").Write("Lib/a.snk", NewKey()), s => s.Write("Lib/a.snk", NewKey())),
        ["a rule set"] = new(
            s => s.AddLibrary(properties: "<CodeAnalysisRuleSet>a.ruleset</CodeAnalysisRuleSet>").Write("Lib/a.ruleset", RuleSetOf("Warning")), s => s.Write("Lib/a.ruleset", RuleSetOf("None"))),
        ["an included rule set"] = new(
            s => s.AddLibrary(properties: "<CodeAnalysisRuleSet>a.ruleset</CodeAnalysisRuleSet>").Write("Lib/b.ruleset", RuleSetOf("Warning")).Write("Lib/a.ruleset",
                """<RuleSet Name="a" ToolsVersion="17.0"><Include Path="b.ruleset" Action="Default" /></RuleSet>"""), s => s.Write("Lib/b.ruleset", RuleSetOf("None"))),
        ["a configuration for the compiler"] = new(
            s => s.AddLibrary(properties: "<AppConfigForCompiler>$(MSBuildProjectDirectory)/a.config</AppConfigForCompiler>").Write("Lib/a.config", "<configuration />"),
            s => s.Write("Lib/a.config", "<configuration><runtime /></configuration>")),
        ["an icon"] = new(
            s => s.AddLibrary(properties: "<ApplicationIcon>a.ico</ApplicationIcon>").Write("Lib/a.ico", IconOf(1)), s => s.Write("Lib/a.ico", IconOf(2))),
        ["a Win32 resource"] = new(
            s => s.AddLibrary(properties: "<Win32Resource>$(MSBuildProjectDirectory)/a.res</Win32Resource>").Write("Lib/a.res", Win32ResourceOf(1)), s => s.Write("Lib/a.res", Win32ResourceOf(2))),
        ["an application manifest"] = new(
            s => s.AddLibrary(properties: "<ApplicationManifest>app.manifest</ApplicationManifest>").Write("Lib/app.manifest", ManifestOf("one")), s => s.Write("Lib/app.manifest", ManifestOf("two"))),
        ["SourceLink"] = new(
            s => s.AddLibrary(properties: "<SourceLink>$(MSBuildProjectDirectory)/a.json</SourceLink>").Write("Lib/a.json", """{"documents":{"/a/*":"https://example.com/1/*"}}"""),
            s => s.Write("Lib/a.json", """{"documents":{"/a/*":"https://example.com/2/*"}}""")),
        ["a module"] = new(
            s => s.AddLibrary("Mod", properties: "<OutputType>module</OutputType><ProduceReferenceAssembly>false</ProduceReferenceAssembly><GenerateAssemblyInfo>false</GenerateAssemblyInfo><GenerateTargetFrameworkAttribute>false</GenerateTargetFrameworkAttribute>")
                .AddLibrary(items: """<ProjectReference Include="../Mod/Mod.csproj" ReferenceOutputAssembly="false" /><AddModules Include="../Mod/obj/Debug/net10.0/Mod.dll" />"""),
            s => s.Replace("Mod/Mod.cs", "public int M()", "public long M()"), Misses: 2),
    };

    static InputRows()
    {
        foreach (string property in s_properties)
        {
            All[property] = OfProperty(property);
        }
    }

    // A parameter of the compiler that is no file.
    private static ChangeRow OfProperty(string property) => new(
        s => s.AddLibrary(source: """
            public class C
            {
                public int M(int a) { int unused; return a * 2; }
            #if EXTRA
                public int N() => 1;
            #endif
            }
            """),
        s => s.Replace(Project, "</TargetFramework>", $"</TargetFramework><{property.Split('=')[0]}>{property[(property.IndexOf('=', StringComparison.Ordinal) + 1)..]}</{property.Split('=')[0]}>"));

    private static string RuleSetOf(string action) =>
        $"""<RuleSet Name="a" ToolsVersion="17.0"><Rules AnalyzerId="x" RuleNamespace="x"><Rule Id="CS0168" Action="{action}" /></Rules></RuleSet>""";

    private static string ManifestOf(string name) => $"""
        <?xml version="1.0" encoding="utf-8"?>
        <assembly manifestVersion="1.0" xmlns="urn:schemas-microsoft-com:asm.v1"><assemblyIdentity version="1.0.0.0" name="{name}" /></assembly>
        """;

    private static byte[] NewKey()
    {
        using var key = new RSACryptoServiceProvider(2048);
        return key.ExportCspBlob(includePrivateParameters: true);
    }

    private static byte[] IconOf(byte color)
    {
        byte[] bitmap = [40, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 32, 0, .. new byte[24], color, color, color, 255, 0, 0, 0, 0];
        return [0, 0, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 32, 0, (byte)bitmap.Length, 0, 0, 0, 22, 0, 0, 0, .. bitmap];
    }

    private static byte[] Win32ResourceOf(byte value)
    {
        byte[] empty = [0, 0, 0, 0, 32, 0, 0, 0, 255, 255, 0, 0, 255, 255, 0, 0, .. new byte[16]];
        return [.. empty, 4, 0, 0, 0, 32, 0, 0, 0, 255, 255, 10, 0, 255, 255, 1, 0, .. new byte[16], value, 0, 0, 0];
    }
}
