namespace BuildCache.MSBuild.Tests;

/// <summary>The package, as a project references it.</summary>
public class PackageTests
{
    [Fact]
    public void A_package_reference_is_all_it_takes()
    {
        using TestSolution solution = new TestSolution().Write("Directory.Build.targets", "<Project />");
        string packages = solution.PathOf("packages");
        // Packed from what was built with this test; a package of the same version may lie in the user's own folder already.
        solution.Run("pack", Path.Combine(TestSolution.Repository, "tasks"), "--no-build", "-c", Configuration, "-p:PackageOutputPath=" + packages, "-p:PackageVersion=0.0.0-test").Succeeded();
        solution.Write("nuget.config", $"""
            <configuration>
              <packageSources><add key="local" value="{packages}" /></packageSources>
              <config><add key="globalPackagesFolder" value="{solution.PathOf("restored")}" /></config>
            </configuration>
            """);
        solution.AddLibrary(items: """<PackageReference Include="BuildCache.MSBuild" Version="0.0.0-test" PrivateAssets="all" />""");
        solution.Environment["NUGET_PACKAGES"] = solution.PathOf("restored");
        solution.Restore("Lib/Lib.csproj");
        solution.Run("build", "Lib/Lib.csproj", "--no-restore").Succeeded();
        solution.Wipe();
        BuildResult hit = solution.Run("build", "Lib/Lib.csproj", "--no-restore").Succeeded();
        Assert.Contains("BuildCache: 1 hits, 0 misses", hit.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(solution.PathOf("Lib/bin"), "BuildCache.*", SearchOption.AllDirectories));
    }

    private static string Configuration => AppContext.BaseDirectory.Contains("Release", StringComparison.Ordinal) ? "Release" : "Debug";
}
