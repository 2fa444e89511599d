using System.Globalization;

namespace BuildCache.Benchmarks.Generation;

/// <summary>Writes a solution of class libraries with a console program on top. The same shape gives the same bytes.</summary>
internal sealed class SolutionGenerator(SolutionShape shape)
{
    /// <summary>The name of the solution file.</summary>
    public const string SolutionFile = "Generated.slnx";

    private const string App = "App";

    private const string Properties = """
        <Project>
          <PropertyGroup>
            <TargetFramework>net10.0</TargetFramework>
            <Nullable>enable</Nullable>
            <ImplicitUsings>enable</ImplicitUsings>
            <GenerateDocumentationFile>true</GenerateDocumentationFile>
            <Deterministic>true</Deterministic>
            <PathMap>$(MSBuildThisFileDirectory)=/_/</PathMap>
            <InvariantGlobalization>true</InvariantGlobalization>
            <AnalysisLevel>latest-recommended</AnalysisLevel>
            <EnforceCodeStyleInBuild>true</EnforceCodeStyleInBuild>
          </PropertyGroup>
        </Project>

        """;

    private const string Targets = """
        <Project>
          <!-- A build without the property has nothing to do with the cache. -->
          <Import Project="$(BuildCacheImports)BuildCache.MSBuild.targets" Condition="'$(BuildCacheImports)' != ''" />
        </Project>

        """;

    /// <summary>Writes the solution into a directory.</summary>
    public void Write(string directory)
    {
        Write(Path.Combine(directory, "buildcache.json"), """{ "project": "generated" }""" + "\n");
        Write(Path.Combine(directory, "Directory.Build.props"), Properties);
        Write(Path.Combine(directory, "Directory.Build.targets"), Targets);
        for (int project = 0; project < shape.Projects; project++)
        {
            WriteLibrary(directory, project);
        }

        IReadOnlyList<int> top = shape.OnLevel(shape.Depth - 1);
        Write(Path.Combine(directory, "src", App, App + ".csproj"), ProjectFile(top, isProgram: true));
        Write(Path.Combine(directory, "src", App, "Program.cs"),
            string.Concat(top.Select(project => $"Console.WriteLine(new {NameOf(project)}.Ledger0(\"top\").Summary());\n")));
        IEnumerable<string> names = [.. Enumerable.Range(0, shape.Projects).Select(NameOf), App];
        Write(Path.Combine(directory, SolutionFile),
            $"<Solution>\n{string.Concat(names.Select(name => $"  <Project Path=\"src/{name}/{name}.csproj\" />\n"))}</Solution>\n");
    }

    private void WriteLibrary(string directory, int project)
    {
        IReadOnlyList<int> references = shape.ReferencesOf(project);
        string folder = Path.Combine(directory, "src", NameOf(project));
        Write(Path.Combine(folder, NameOf(project) + ".csproj"), ProjectFile(references, isProgram: false));
        for (int number = 0; number < shape.Classes; number++)
        {
            // Every class has one of another library behind it, so that a library needs what it refers to.
            string? behind = references.Count > 0 ? $"{NameOf(references[number % references.Count])}.Ledger{number}" : null;
            Write(Path.Combine(folder, $"Ledger{number}.cs"), ClassSource.Of(NameOf(project), number, behind));
        }
    }

    private static string ProjectFile(IEnumerable<int> references, bool isProgram)
    {
        string output = isProgram ? "  <PropertyGroup>\n    <OutputType>Exe</OutputType>\n  </PropertyGroup>\n" : "";
        string items = string.Concat(references.Select(project => $"    <ProjectReference Include=\"../{NameOf(project)}/{NameOf(project)}.csproj\" />\n"));
        return $"<Project Sdk=\"Microsoft.NET.Sdk\">\n{output}  <ItemGroup>\n{items}  </ItemGroup>\n</Project>\n";
    }

    private static string NameOf(int project) => string.Create(CultureInfo.InvariantCulture, $"Library{project:00}");

    private static void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content.ReplaceLineEndings("\n"));
    }
}
