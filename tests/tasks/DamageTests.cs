using System.Diagnostics;

namespace BuildCache.MSBuild.Tests;

/// <summary>Whatever is wrong with the cache or the build, the result is that of an uncached build.</summary>
public class DamageTests
{
    private const string App = "App/App.csproj";

    [Fact]
    public void A_compile_error_is_reported_each_time_and_never_kept()
    {
        using TestSolution solution = new TestSolution().AddLibrary(source: "public class C { int M() => missing; }");
        solution.Restore("Lib/Lib.csproj");
        BuildResult control = solution.BuildWithoutCache("Lib/Lib.csproj");
        for (int i = 0; i < 2; i++)
        {
            BuildResult build = solution.Build("Lib/Lib.csproj").Counts(hits: 0, misses: 0, failed: 1);
            Assert.Equal(control.ExitCode, build.ExitCode);
            Assert.Equal(control.Diagnostics, build.Diagnostics);
        }
    }

    [Fact]
    public void A_build_killed_at_any_moment_leaves_nothing_that_a_later_build_stumbles_over()
    {
        using TestSolution solution = SolutionTests.Chain();
        solution.Restore(App);
        solution.BuildWithoutCache(App).Succeeded();
        SortedDictionary<string, string> control = solution.Outputs();
        solution.Wipe();
        var random = new Random(2026);
        for (int i = 0; i < 10; i++)
        {
            // Some die while they fill the cache, some while they are served from it.
            using (Process build = solution.Start(["build", App, "--no-restore", "-m:1", "-nr:false", .. solution.CacheArguments(true)]))
            {
                Task<string> output = build.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
                Thread.Sleep(random.Next(600, 3500));
                build.Kill(entireProcessTree: true);
                build.WaitForExit();
            }

            if (i % 3 == 2)
            {
                solution.Wipe();
            }
        }

        BuildResult after = solution.Build(App).Succeeded();
        Assert.Equal("1", SolutionTests.RunApp(solution));
        solution.Wipe();
        solution.Build(App).Succeeded().Counts(hits: 3, misses: 0);
        Assert.Equal(control, solution.Outputs());
    }

    [Theory]
    [InlineData("flipped")]
    [InlineData("half deleted")]
    [InlineData("emptied")]
    public void A_damaged_cache_gives_misses_and_mends(string damage)
    {
        using TestSolution solution = SolutionTests.Chain();
        solution.Restore(App);
        solution.BuildWithoutCache(App).Succeeded();
        SortedDictionary<string, string> control = solution.Outputs();
        solution.Wipe();
        solution.Build(App).Succeeded();
        var random = new Random(1);
        foreach (string file in Directory.EnumerateFiles(solution.Home, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList())
        {
            Damage(file, damage, random);
        }

        solution.Wipe();
        BuildResult damaged = solution.Build(App).Succeeded();
        Assert.True(damaged.Hits < 3, damaged.Output);
        Assert.Equal(control, solution.Outputs());
        Assert.DoesNotContain("BC2", string.Join('\n', damaged.Diagnostics), StringComparison.Ordinal);
        solution.Wipe();
        solution.Build(App).Succeeded().Counts(hits: 3, misses: 0);
        Assert.Equal(control, solution.Outputs());
    }

    [Fact]
    public void A_store_that_cannot_be_written_or_read_is_a_warning_and_a_plain_build()
    {
        using TestSolution solution = SolutionTests.Chain();
        // A file where the store's folder should be stops everybody, root as well.
        solution.Write("blocked", "");
        solution.Restore(App);
        BuildResult build = solution.Build(App, $"-p:BuildCacheStore={solution.PathOf("blocked")}/store").Succeeded().Counts(hits: 0, misses: 3);
        Assert.Single(build.Diagnostics.Where(line => line.Contains("BC2001", StringComparison.Ordinal)).Distinct());
        Assert.Equal("1", SolutionTests.RunApp(solution));

        // Where warnings are errors it is a message: a cache problem never fails a build.
        solution.Wipe();
        BuildResult strict = solution.Build(App, $"-p:BuildCacheStore={solution.PathOf("blocked")}/store", "-warnaserror", "-p:NoWarn=CS0168").Succeeded();
        Assert.Contains("warning BC2001", strict.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cache_on_a_read_only_or_full_disk_serves_what_it_has()
    {
        using TestSolution solution = SolutionTests.Chain();
        using SmallDisk disk = SmallDisk.MountOrSkip(Path.Combine(solution.Home, "disk"), megabytes: 4);
        string[] arguments = [$"-p:BuildCacheStore={disk.Path}/store"];
        solution.Restore(App);
        solution.Build(App, arguments).Succeeded().Counts(hits: 0, misses: 3);

        disk.Fill();
        solution.Replace("Low/Low.cs", "return 1", "return 2");
        solution.Wipe();
        BuildResult full = solution.Build(App, arguments).Succeeded().Counts(hits: 2, misses: 1);
        Assert.Contains(full.Diagnostics, line => line.Contains("BC2001", StringComparison.Ordinal));
        Assert.Equal("2", SolutionTests.RunApp(solution));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(disk.Path, "store", "tmp")));

        disk.MakeReadOnly();
        solution.Replace("Low/Low.cs", "return 2", "return 1");
        solution.Wipe();
        solution.Build(App, arguments).Succeeded().Counts(hits: 3, misses: 0);
        Assert.Equal("1", SolutionTests.RunApp(solution));
        solution.Replace("Low/Low.cs", "return 1", "return 3");
        solution.Wipe();
        Assert.Contains(solution.Build(App, arguments).Succeeded().Counts(hits: 2, misses: 1).Diagnostics, line => line.Contains("BC2001", StringComparison.Ordinal));
    }

    private static void Damage(string file, string damage, Random random)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        byte[] content = File.ReadAllBytes(file);
        switch (damage)
        {
            case "flipped" when content.Length > 0 && Path.GetFileName(file) != "version":
                content[random.Next(content.Length)] ^= 0x40;
                File.WriteAllBytes(file, content);
                break;
            case "half deleted" when random.Next(2) == 0:
                File.Delete(file);
                break;
            case "emptied" when file.Contains("blobs", StringComparison.Ordinal):
                File.Delete(file);
                break;
        }
    }
}
