using System.Diagnostics;

namespace BuildCache.MSBuild.Tests;

/// <summary>Sources that a build fetches, from real git repositories.</summary>
public class SourceTests
{
    [Fact]
    public void A_project_is_built_from_a_source_that_is_fetched_once()
    {
        using var solution = new TestSolution();
        string commit = Commit(solution.PathOf("../origin/words"), "Words.cs", "public static class Words { public const string One = \"one\"; }");
        solution.Write("buildcache.json", $$"""
            {
              "aliases": { "here": "file://{{solution.PathOf("../origin")}}/" },
              "sources": {
                "words": { "kind": "git", "url": "here:words", "track": "main", "ref": "{{commit}}" },
                "absent": { "kind": "git", "url": "here:absent", "track": "main", "ref": "{{commit}}" }
              }
            }
            """);
        solution.AddLibrary(items: """<BuildCacheSource Include="words" />""", source: "public class C { public string M() => Words.One; }")
            .Write("Directory.Build.targets", """
                <Project>
                  <Import Project="$(BuildCacheImports)BuildCache.MSBuild.targets" Condition="'$(BuildCacheImports)' != ''" />
                  <Target Name="UseWords" AfterTargets="BuildCacheFetchSources">
                    <Message Importance="high" Text="from %(BuildCacheStagedSource.AnsweredBy)" />
                    <ItemGroup>
                      <Compile Include="%(BuildCacheStagedSource.Destination)/**/*.cs" />
                    </ItemGroup>
                  </Target>
                </Project>
                """);
        solution.Restore("Lib/Lib.csproj");

        Assert.Contains("from Origin", solution.Build("Lib/Lib.csproj").Succeeded().Output, StringComparison.Ordinal);
        Assert.True(File.Exists(solution.PathOf("sources/words/Words.cs")));
        Directory.Move(solution.PathOf("../origin"), solution.PathOf("../gone"));
        BuildResult second = solution.Build("Lib/Lib.csproj", "-p:BuildCacheMode=Off").Succeeded();
        Assert.Contains("from UpToDate", second.Output, StringComparison.Ordinal);

        // Nothing to build from: an error where it is declared, and the build ends.
        solution.Replace("Lib/Lib.csproj", "Include=\"words\"", "Include=\"words;absent\"");
        BuildResult failed = solution.Build("Lib/Lib.csproj");
        Assert.NotEqual(0, failed.ExitCode);
        Assert.Contains(failed.Diagnostics, line => line.Contains("buildcache.json(5): error BC1040", StringComparison.Ordinal));
    }

    [Fact]
    public void The_tasks_say_who_answered_and_a_cache_that_is_away_is_a_warning()
    {
        using var solution = new TestSolution();
        string commit = Commit(solution.PathOf("../origin/words"), "a.txt", "a");
        solution.Write("a file", "x").Write("tasks.proj", $"""
            <Project>
              <Import Project="$(BuildCacheImports)BuildCache.MSBuild.targets" />
              <ItemGroup>
                <Words Include="words" Url="file://{solution.PathOf("../origin/words")}" Track="main" Destination="out/words" Options="submodules=false" />
              </ItemGroup>
              <Target Name="Build">
                <ResolveSourceRef Sources="@(Words)"><Output TaskParameter="Resolved" ItemName="Resolved" /></ResolveSourceRef>
                <Message Importance="high" Text="at %(Resolved.Ref) by %(Resolved.AnsweredBy), changed %(Resolved.Changed)" />
                <FetchSource Sources="@(Resolved)" Store="{solution.PathOf("a file/store")}"><Output TaskParameter="Staged" ItemName="Staged" /></FetchSource>
                <Message Importance="high" Text="in %(Staged.Destination) from %(Staged.AnsweredBy) %(Staged.Uri)" />
                <FetchSource Sources="@(Words)" ContinueOnError="true" />
                <FetchSource Sources="unknown" ContinueOnError="true" />
                <PublishSourceRef Sources="@(Resolved)" ContinueOnError="true" />
                <ResolveSourceRef Sources="@(Words)" Policy="banana" ContinueOnError="true" />
              </Target>
            </Project>
            """);

        BuildResult build = solution.Build("tasks.proj").Succeeded();

        Assert.Contains($"at {commit} by Native, changed true", build.Output, StringComparison.Ordinal);
        Assert.Contains($"in {solution.PathOf("out/words")} from Origin file://", build.Output, StringComparison.Ordinal);
        Assert.Contains(build.Diagnostics, line => line.Contains("warning BC1040", StringComparison.Ordinal) && line.Contains("cannot be used", StringComparison.Ordinal));
        foreach (string said in (string[])["BC1036: BuildCache: The source 'words' has no ref yet", "BC1034: BuildCache: There is no source 'unknown'", "BC1010: BuildCache: No asset service is named", "BC1010: BuildCache: 'banana' is no policy"])
        {
            // Errors that the project goes on over are shown as warnings.
            Assert.Contains(said, build.Output, StringComparison.Ordinal);
        }
    }

    private static string Commit(string repository, string file, string content)
    {
        Directory.CreateDirectory(repository);
        File.WriteAllText(Path.Combine(repository, file), content);
        Git(repository, "init", "--quiet", "--initial-branch=main");
        Git(repository, "add", "--all");
        Git(repository, "-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "--quiet", "--message", "a change");
        return Git(repository, "rev-parse", "HEAD").Trim();
    }

    private static string Git(string repository, params string[] arguments)
    {
        using Process git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = repository, RedirectStandardOutput = true })!;
        string output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
        return output;
    }
}
