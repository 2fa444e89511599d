using BuildCache.MSBuild.Tests.Changes;

namespace BuildCache.MSBuild.Tests.Fsharp;

/// <summary>Every row of what a key of the F# compiler covers.</summary>
public class FSharpInputTests(FSharpBuilds builds) : IClassFixture<FSharpBuilds>
{
    internal static readonly Dictionary<string, ChangeRow> All = new()
    {
        ["a source"] = new(s => FSharpProject.Library(solution: s), s => s.Replace("Lib/Lib.fs", "x * 2", "x * 3")),
        ["a signature file"] = new(
            s => FSharpProject.Library(solution: s).Write("Lib/Lib.fsi", "module Lib\nval twice: int -> int\n").Replace(FSharpProject.File, "Include=\"Lib.fs\"", "Include=\"Lib.fsi;Lib.fs\""),
            s => s.Write("Lib/Lib.fsi", "module Lib\n/// changed\nval twice: x: int -> int\n")),
        ["an embedded resource"] = new(
            s => FSharpProject.Library(items: """<EmbeddedResource Include="a.txt" />""", solution: s).Write("Lib/a.txt", "one"), s => s.Write("Lib/a.txt", "two")),
        ["a reference"] = new(
            s => FSharpProject.Library(items: """<ProjectReference Include="../Dep/Dep.csproj" />""", solution: s).AddLibrary("Dep"),
            s => s.Replace("Dep/Dep.cs", "public int M()", "public long M()"), Misses: 2),
        ["a constant"] = new(
            s => FSharpProject.Library(solution: s), s => s.Replace(FSharpProject.File, "<TargetFramework>", "<DefineConstants>EXTRA</DefineConstants><TargetFramework>")),
        ["the order of sources"] = new(
            s => FSharpProject.Library(solution: s).Write("Lib/More.fs", "module More\nlet one = 1\n").Replace(FSharpProject.File, "Include=\"Lib.fs\"", "Include=\"Lib.fs;More.fs\""),
            s => s.Replace(FSharpProject.File, "Lib.fs;More.fs", "More.fs;Lib.fs")),
    };

    public static TheoryData<string> Rows => [.. All.Keys];

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_change_of_an_input_is_compiled(string input) => builds.Check(input);
}

/// <summary>The builds of these rows.</summary>
public sealed class FSharpBuilds() : ChangeBuilds(FSharpInputTests.All);
