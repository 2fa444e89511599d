namespace BuildCache.MSBuild.Tests.Modes;

/// <summary>One restored solution with each kind of compilation, built in many modes, each over a cache of its own.</summary>
public sealed class ModeSolution : IDisposable
{
    /// <summary>C# four times, of these one for a second framework and one exe; Visual Basic; two with a satellite assembly.</summary>
    internal const int Compilations = 7;

    private const string All = "all.slnx";

    private readonly TestSolution _solution = new TestSolution()
        .AddLibrary("Low")
        .AddLibrary("Multi", items: """<ProjectReference Include="../Words/Words.csproj" Condition="'$(TargetFramework)' == 'net10.0'" />""")
        .AddLibrary("Words").Write("Words/Text.resx", Resx.Of("hello")).Write("Words/Text.de.resx", Resx.Of("hallo"))
        .Write("Basic/Basic.vbproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
            </Project>
            """)
        .Write("Basic/Basic.vb", """
            Public Class B
                Public Function M() As Integer
                    Dim unused As Integer
                    Return 1
                End Function
            End Class
            """)
        .AddLibrary("App", properties: "<OutputType>Exe</OutputType>",
            items: """<ProjectReference Include="../Low/Low.csproj;../Multi/Multi.csproj;../Basic/Basic.vbproj" />""",
            source: "int unused; System.Console.WriteLine(new Low.C().M() + new Multi.C().M() + new Basic.B().M());")
        .Write(All, """
            <Solution>
              <Project Path="App/App.csproj" />
              <Project Path="Basic/Basic.vbproj" />
              <Project Path="Low/Low.csproj" />
              <Project Path="Multi/Multi.csproj" />
              <Project Path="Words/Words.csproj" />
            </Solution>
            """);

    private (BuildResult Build, SortedDictionary<string, string> Outputs)? _control;
    private int _caches;

    public ModeSolution()
    {
        _solution.Replace("Multi/Multi.csproj", "<TargetFramework>net10.0</TargetFramework>", "<LangVersion>latest</LangVersion><TargetFrameworks>net10.0;netstandard2.0</TargetFrameworks>");
        _solution.Restore(All);
    }

    /// <summary>Fills an empty cache and builds from it, both in the mode; each build must be the build without the cache.</summary>
    internal void Check(Mode mode)
    {
        using var nodes = new OwnNodes(_solution);
        foreach (string variable in mode.Environment ?? [])
        {
            _solution.Environment[variable.Split('=')[0]] = variable.Split('=')[1];
        }

        foreach ((string path, string content) in mode.Files ?? [])
        {
            _solution.Write(path, content);
        }

        try
        {
            (BuildResult control, SortedDictionary<string, string> outputs) = mode.HasOwnDiagnostics ? Plain(mode) : _control ??= Plain(new Mode([]));
            _solution.Environment["BUILDCACHE_HOME"] = Path.Combine(_solution.Home, $"{++_caches}");
            Check(mode, control, outputs, nodes, hits: 0);
            Check(mode, control, outputs, nodes, hits: Compilations);
        }
        finally
        {
            foreach (string path in mode.Files?.Keys ?? Enumerable.Empty<string>())
            {
                File.Delete(_solution.PathOf(path));
            }
        }
    }

    public void Dispose() => _solution.Dispose();

    private void Check(Mode mode, BuildResult control, SortedDictionary<string, string> outputs, OwnNodes nodes, int hits)
    {
        _solution.Wipe();
        BuildResult build = Build(mode, cached: true).Counts(hits, Compilations - hits);
        Equivalence.Same(control, outputs, Sorted(build), _solution.Outputs());
        Assert.Single(build.Output.Split('\n'), line => line.StartsWith($"BuildCache: {hits} hits, {Compilations - hits} misses, 0 bypassed", StringComparison.Ordinal));
        Assert.True(!mode.InServer || nodes.Server is not null, "the build did not run in MSBuild's server");
    }

    private (BuildResult Build, SortedDictionary<string, string> Outputs) Plain(Mode mode)
    {
        _solution.Wipe();
        return (Sorted(Build(mode, cached: false)), _solution.Outputs());
    }

    private BuildResult Build(Mode mode, bool cached) => _solution.Run(
        [.. mode.Program == "build" ? ["build", "--no-restore"] : (string[])["msbuild", "-nologo"], All, "-m:1", "-tl:off", "-clp:NoSummary",
            .. mode.InServer ? [] : (string[])["-nr:false"], .. _solution.CacheArguments(cached), .. mode.Arguments]);

    // Several projects at once print in any order, some verbs repeat the diagnostics at the end, and a graph names projects otherwise.
    private static BuildResult Sorted(BuildResult build) => build with
    {
        Diagnostics = [.. build.Diagnostics.Select(line => line.LastIndexOf(" [", StringComparison.Ordinal) is > 0 and var end ? line[..end] : line)
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
    };
}
