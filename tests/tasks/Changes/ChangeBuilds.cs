namespace BuildCache.MSBuild.Tests.Changes;

/// <summary>
/// The projects of all rows in one tree, built together: to fill the cache, and after the change of every row with the cache (which must not
/// serve the old outputs), with the cache again (which must serve the new ones), and without.
/// </summary>
public abstract class ChangeBuilds : IDisposable
{
    private const string All = "all.proj";

    private readonly IReadOnlyDictionary<string, ChangeRow> _rows;
    private readonly List<string> _names;
    private readonly TestSolution _solution = new TestSolution().Write(All, """
        <Project DefaultTargets="Build">
          <ItemGroup><Each Include="row*/Lib/Lib.*proj" /></ItemGroup>
          <Target Name="Restore"><MSBuild Projects="@(Each)" Targets="Restore" Properties="Restoring=true" /></Target>
          <Target Name="Build"><MSBuild Projects="@(Each)" ContinueOnError="true" /></Target>
        </Project>
        """);

    private readonly (BuildResult Build, SortedDictionary<string, string> Outputs) _first, _second, _control;

    internal ChangeBuilds(IReadOnlyDictionary<string, ChangeRow> rows)
    {
        (_rows, _names) = (rows, [.. rows.Keys]);
        foreach (string name in _names)
        {
            _rows[name].Arrange(Folder(name));
        }

        _solution.Run("msbuild", All, "-t:Restore", "-nologo").Succeeded();
        _solution.Build(All).Succeeded();
        foreach (string name in _names)
        {
            _rows[name].Change(Folder(name));
        }

        _first = Build(cached: true);
        _second = Build(cached: true);
        _control = Build(cached: false);
    }

    /// <summary>The projects of a row, as the last build, the one without the cache, left them.</summary>
    internal TestSolution Folder(string name) => _solution.Folder(FolderOf(name));

    /// <summary>Checks one row.</summary>
    internal void Check(string name)
    {
        string folder = FolderOf(name) + "/";
        (BuildResult Build, SortedDictionary<string, string> Outputs) first = Of(_first), second = Of(_second), control = Of(_control);
        // What a change breaks is compiled, too.
        Assert.True(first.Build.Misses + first.Build.Failed == _rows[name].Misses, string.Join('\n', first.Build.Compilations) + first.Build.Output);
        Assert.True(second.Build.Misses == 0 && (second.Build.Hits > 0 || first.Build.Failed > 0), string.Join('\n', second.Build.Compilations) + second.Build.Output);
        Assert.NotEmpty(control.Outputs);
        Equivalence.Same(control.Build, control.Outputs, first.Build, first.Outputs);
        Equivalence.Same(control.Build, control.Outputs, second.Build, second.Outputs);

        (BuildResult, SortedDictionary<string, string>) Of((BuildResult Build, SortedDictionary<string, string> Outputs) all) => (
            all.Build with
            {
                Diagnostics = [.. all.Build.Diagnostics.Where(line => line.Contains("/" + folder, StringComparison.Ordinal))],
                Compilations = [.. all.Build.Compilations.Where(compilation => compilation.Target.StartsWith(folder, StringComparison.Ordinal))],
            },
            new SortedDictionary<string, string>(all.Outputs.Where(file => file.Key.StartsWith(folder, StringComparison.Ordinal)).ToDictionary(), StringComparer.Ordinal));
    }

    public void Dispose()
    {
        _solution.Dispose();
        GC.SuppressFinalize(this);
    }

    private string FolderOf(string name) => $"row{_names.IndexOf(name):00}";

    private (BuildResult, SortedDictionary<string, string>) Build(bool cached)
    {
        _solution.Wipe();
        return (_solution.Command("build", All, cached), _solution.Outputs());
    }
}
