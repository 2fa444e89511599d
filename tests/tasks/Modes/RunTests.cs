namespace BuildCache.MSBuild.Tests.Modes;

/// <summary>Programs that a build starts: their output is theirs alone.</summary>
public class RunTests
{
    private const string Json = """{"a":1}""";

    [Theory]
    [InlineData("run --project build")]
    [InlineData("run --project test")]
    [InlineData("run --project app -c Release")]
    [InlineData("run -c Release --project app")]
    [InlineData("run --project app -- build")]
    public void A_program_that_dotnet_runs_prints_nothing_of_the_cache(string command) => Check(command, server: false);

    [Fact]
    public void Nor_does_it_in_the_server() => Check("run --project build", server: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_program_of_one_file_prints_nothing_of_the_cache(bool server)
    {
        using TestSolution solution = new TestSolution().Write("build.cs", "#:property PublishAot=false\nSystem.Console.WriteLine(\"\"\"" + Json + "\"\"\");\n");
        // The program is built below the user's data, a folder that has to exist.
        solution.Environment["XDG_DATA_HOME"] = Directory.CreateDirectory(solution.PathOf("data")).FullName;
        // There NuGet has no memory either, and would ask its sources for known weaknesses of no package.
        solution.Environment["NuGetAudit"] = "false";
        using var nodes = new OwnNodes(solution);
        Cached(solution, server, nodes);
        foreach (int hits in (int[])[0, 1])
        {
            BuildResult run = solution.Run("run", "--no-cache", "build.cs").Succeeded().Counts(hits, 1 - hits);
            Assert.Equal(Json, run.Output.Trim());
            solution.Wipe();
        }
    }

    private static void Check(string command, bool server)
    {
        string project = command.Split(' ').SkipWhile(part => part != "--project").ElementAt(1);
        using TestSolution solution = new TestSolution().AddLibrary(project, "<OutputType>Exe</OutputType><NoWarn>CS0168</NoWarn>", source: "System.Console.WriteLine(\"\"\"" + Json + "\"\"\");");
        using var nodes = new OwnNodes(solution);
        Cached(solution, server, nodes);
        foreach (int hits in (int[])[0, 1])
        {
            BuildResult run = solution.Run(command.Split(' ')).Succeeded().Counts(hits, 1 - hits);
            Assert.Equal(Json, run.Output.Trim());
            solution.Wipe();
        }
    }

    // A variable is a property of every project, and stands on no command line.
    private static void Cached(TestSolution solution, bool server, OwnNodes nodes)
    {
        solution.Environment["BuildCacheImports"] = TestSolution.Imports;
        solution.Environment["BuildCacheReport"] = solution.ReportFile;
        if (server)
        {
            nodes.WithServer();
        }
    }
}
