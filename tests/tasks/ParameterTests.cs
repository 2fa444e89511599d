namespace BuildCache.MSBuild.Tests;

/// <summary>Parameters of the compiler that are no files, and what of the surroundings counts like one.</summary>
public class ParameterTests
{
    private const string Project = "Lib/Lib.csproj";

    [Fact]
    public void A_parameter_that_is_set_back_finds_the_first_entry()
    {
        using TestSolution solution = new TestSolution().AddLibrary();
        solution.Restore(Project);
        solution.Build(Project).Succeeded().Counts(hits: 0, misses: 1);
        solution.Wipe();
        solution.Build(Project, "-p:Optimize=true").Succeeded().Counts(hits: 0, misses: 1);
        solution.Wipe();
        solution.Build(Project).Succeeded().Counts(hits: 1, misses: 0);
    }

    [Fact]
    public void What_does_not_change_the_outcome_is_no_part_of_the_key()
    {
        using TestSolution solution = new TestSolution().AddLibrary();
        solution.Restore(Project);
        solution.Build(Project, "-p:UseSharedCompilation=true").Succeeded();
        foreach (string property in (string[])["UseSharedCompilation=false", "ErrorReport=none", "NoLogo=true", "SharedCompilationId=other", "VsSessionGuid=1"])
        {
            solution.Wipe();
            solution.Build(Project, "-p:" + property).Succeeded().Counts(hits: 1, misses: 0);
        }
    }

    [Theory]
    [InlineData("Deterministic=false", "not deterministic")]
    [InlineData("KeyContainerName=box", "key container")]
    public void What_cannot_be_cached_is_compiled_and_says_why(string property, string reason)
    {
        using TestSolution solution = new TestSolution().AddLibrary();
        solution.Restore(Project);
        BuildResult control = solution.BuildWithoutCache(Project, "-p:" + property);
        solution.Wipe();
        BuildResult build = solution.Build(Project, "-p:" + property, "-v:n");
        Assert.Equal(control.ExitCode, build.ExitCode);
        build.Counts(hits: 0, misses: 0, bypassed: 1);
        Assert.Contains(reason, build.Output, StringComparison.Ordinal);
        Assert.Contains("is compiled without the cache", build.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_named_in_an_attribute_is_bypassed()
    {
        using TestSolution solution = new TestSolution().AddLibrary(source: """
            [assembly: System.Reflection.AssemblyKeyName("")]
            public class C { }
            """);
        solution.Restore(Project);
        solution.Build(Project).Succeeded().Counts(hits: 0, misses: 0, bypassed: 1);
    }

    [Fact]
    public void A_compiler_of_the_projects_own_is_bypassed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The stand-in for a compiler is a shell script.");
        using TestSolution solution = new TestSolution().AddLibrary()
            .Write("tools/csc", "#!/bin/sh\nexec \"$(ls -d \"$(dirname \"$(readlink -f \"$(command -v dotnet)\")\")\"/sdk/*/Roslyn/bincore/csc | tail -n 1)\" \"$@\"\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(solution.PathOf("tools/csc"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        solution.Restore(Project);
        BuildResult build = solution.Build(Project, $"-p:CscToolPath={solution.PathOf("tools")}").Succeeded().Counts(hits: 0, misses: 0, bypassed: 1);
        Assert.Contains("compiler of its own", build.Compilations.Single().Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_response_file_that_names_files_counts_by_their_content()
    {
        using TestSolution solution = new TestSolution()
            .AddLibrary(properties: "<CompilerResponseFile>$(MSBuildProjectDirectory)/a.rsp</CompilerResponseFile>")
            .Write("Lib/a.rsp", "-resource:a.txt").Write("Lib/a.txt", "1");
        Equivalence.AfterChange(solution, Project, () => solution.Write("Lib/a.txt", "2"));
    }

    [Fact]
    public void A_design_time_build_is_left_alone()
    {
        using TestSolution solution = new TestSolution().AddLibrary();
        solution.Restore(Project);
        BuildResult build = solution.Build(Project, "-t:Compile", "-p:SkipCompilerExecution=true", "-p:ProvideCommandLineArgs=true").Succeeded();
        Assert.Empty(build.Compilations);
    }

    [Fact]
    public void Another_compiler_is_another_key()
    {
        using TestSolution solution = new TestSolution().AddLibrary();
        solution.Restore(Project);
        solution.Build(Project).Succeeded();
        string compiler = solution.Run("msbuild", Project, "-getProperty:RoslynTargetsPath").Succeeded().Output.Trim().Replace('\\', '/');
        string copy = Path.Combine(solution.Home, "compiler");
        foreach (string file in Directory.EnumerateFiles(compiler, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(copy, Path.GetRelativePath(compiler, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        string[] other = [$"-p:RoslynTargetsPath={copy}", $"-p:RoslynTasksAssembly={copy}/Microsoft.Build.Tasks.CodeAnalysis.dll"];
        solution.Wipe();
        solution.Build(Project, other).Succeeded().Counts(hits: 1, misses: 0);
        // A byte behind the end of a library changes what it is and nothing of what it does.
        using (FileStream library = File.Open(Path.Combine(copy, "bincore", "Microsoft.CodeAnalysis.CSharp.dll"), FileMode.Append))
        {
            library.WriteByte(0);
        }

        solution.Wipe();
        solution.Build(Project, other).Succeeded().Counts(hits: 0, misses: 1);
    }

    [Fact]
    public void The_surroundings_that_the_compiler_looks_at_count()
    {
        using TestSolution solution = new TestSolution().AddLibrary();
        solution.Restore(Project);
        solution.Build(Project).Succeeded();
        solution.Environment["DOTNET_CLI_UI_LANGUAGE"] = "de";
        solution.Wipe();
        BuildResult german = solution.Build(Project).Succeeded().Counts(hits: 0, misses: 1);
        Assert.Contains("Die Variable", german.Output, StringComparison.Ordinal);
        solution.Wipe();
        Assert.Contains("Die Variable", solution.Build(Project).Succeeded().Counts(hits: 1, misses: 0).Output, StringComparison.Ordinal);
        solution.Environment["LIB"] = solution.Root;
        solution.Wipe();
        solution.Build(Project).Succeeded().Counts(hits: 0, misses: 1);
    }
}
