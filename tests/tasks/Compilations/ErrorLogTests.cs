namespace BuildCache.MSBuild.Tests.Compilations;

/// <summary>The compiler's log of diagnostics, by each way to write where it goes.</summary>
public class ErrorLogTests
{
    [Theory]
    [InlineData("obj/lib.sarif")]
    [InlineData("obj/lib.sarif,version=2.1")]
    [InlineData("obj/lib.sarif%3Bversion=2.1")]
    [InlineData("obj/lib.sarif%3Bversion=1")]
    public void A_hit_writes_the_log(string log)
    {
        using TestSolution solution = new TestSolution().AddLibrary(properties: $"<ErrorLog>$(MSBuildProjectDirectory)/{log}</ErrorLog>");
        Equivalence.OfHit(solution, "Lib/Lib.csproj").Counts(hits: 1, misses: 0);
        Assert.Contains("CS0168", File.ReadAllText(solution.PathOf("Lib/obj/lib.sarif")), StringComparison.Ordinal);
    }

    [Fact]
    public void An_older_log_is_replaced_by_a_hit()
    {
        using TestSolution solution = new TestSolution().AddLibrary(properties: "<ErrorLog>$(MSBuildProjectDirectory)/lib.sarif%3Bversion=2.1</ErrorLog>");
        solution.Restore("Lib/Lib.csproj");
        solution.Build("Lib/Lib.csproj").Succeeded().Counts(hits: 0, misses: 1);
        solution.Wipe();
        solution.Write("Lib/lib.sarif", "old");
        solution.Build("Lib/Lib.csproj").Succeeded().Counts(hits: 1, misses: 0);
        Assert.Contains("CS0168", File.ReadAllText(solution.PathOf("Lib/lib.sarif")), StringComparison.Ordinal);
    }
}
