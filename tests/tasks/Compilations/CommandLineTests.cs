using System.Runtime.Loader;
using Microsoft.Build.Logging.StructuredLogger;

namespace BuildCache.MSBuild.Tests.Compilations;

/// <summary>Tools read the compiler's command line from the log of a build; a hit has it too.</summary>
public class CommandLineTests
{
    [Fact]
    public void A_hit_shows_the_command_line_of_the_compiler()
    {
        using TestSolution solution = new TestSolution().AddLibrary();
        (BuildResult miss, BuildResult hit) = FillAndHit(solution, "Lib/Lib.csproj", "-v:n");
        string line = Assert.Single(Lines(miss));
        Assert.Equal(line, Assert.Single(Lines(hit)));
    }

    [Theory]
    [InlineData("Csc", "Lib/Lib.csproj")]
    [InlineData("Vbc", "Lib/Lib.vbproj")]
    public void A_binary_log_of_a_hit_holds_the_command_line_and_the_messages_of_the_compiler(string task, string project)
    {
        using TestSolution solution = new TestSolution().AddLibrary().Write("Lib/Lib.vb", "Public Class C\nEnd Class\n")
            .Write("Lib/Lib.vbproj", """<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup></Project>""");
        string log = solution.PathOf("build.binlog");
        FillAndHit(solution, project, "-bl:" + log, () => File.Copy(log, solution.PathOf("miss.binlog")));

        string miss = Assert.Single(CommandLines(solution.PathOf("miss.binlog"), task));
        Assert.Contains("Lib." + (task == "Csc" ? "cs" : "vb"), miss, StringComparison.Ordinal);
        Assert.Equal(miss, Assert.Single(CommandLines(log, task)));
    }

    [Fact]
    public void A_hit_in_multi_threaded_mode_shows_the_command_line_of_the_compiler()
    {
        using TestSolution solution = new TestSolution().AddLibrary();
        using var nodes = new Modes.OwnNodes(solution);
        solution.Restore("Lib/Lib.csproj");
        string plain = Assert.Single(Lines(solution.BuildWithoutCache("Lib/Lib.csproj", "-mt", "-v:n").Succeeded()));
        solution.Wipe();
        solution.Build("Lib/Lib.csproj", "-mt", "-v:n").Succeeded().Counts(hits: 0, misses: 1);
        solution.Wipe();
        Assert.Equal(plain, Assert.Single(Lines(solution.Build("Lib/Lib.csproj", "-mt", "-v:n").Succeeded().Counts(hits: 1, misses: 0))));
    }

    private static (BuildResult Miss, BuildResult Hit) FillAndHit(TestSolution solution, string project, string argument, Action? between = null)
    {
        solution.Restore(project);
        BuildResult miss = solution.Build(project, argument).Succeeded().Counts(hits: 0, misses: 1);
        between?.Invoke();
        solution.Wipe();
        return (miss, solution.Build(project, argument).Succeeded().Counts(hits: 1, misses: 0));
    }

    private static IEnumerable<string> Lines(BuildResult build) =>
        build.Output.Split('\n').Select(line => line.Trim()).Where(line => line.Contains(" /noconfig ", StringComparison.Ordinal) && line.Contains("/out:obj/", StringComparison.Ordinal));

    // The reader of logs needs assemblies of MSBuild, which come with an SDK and not with a package for this version of .NET.
    static CommandLineTests()
    {
        using var solution = new TestSolution();
        string tools = solution.Write("p.proj", "<Project />").Run("msbuild", "p.proj", "-getProperty:MSBuildToolsPath").Succeeded().Output.Trim();
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            Path.Combine(tools, name.Name + ".dll") is var file && File.Exists(file) ? context.LoadFromAssemblyPath(file) : null;
    }

    private static List<string> CommandLines(string log, string task)
    {
        List<string> found = [];
        BinaryLog.ReadBuild(log).VisitAllChildren<Microsoft.Build.Logging.StructuredLogger.Task>(node =>
        {
            if (node.Name == task && node.CommandLineArguments is { } line)
            {
                found.Add(line);
            }
        });
        return found;
    }
}
