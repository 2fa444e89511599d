namespace BuildCache.MSBuild.Tests;

/// <summary>The claim of the whole project: a build from the cache cannot be told from one without.</summary>
internal static class Equivalence
{
    /// <summary>
    /// Fills the cache, changes something, and builds three times from a clean tree: with the cache (which must not serve the
    /// old outputs), with the cache again (which must serve the new ones), and without. All three must agree.
    /// </summary>
    /// <param name="solution">The projects; restored here.</param>
    /// <param name="project">What is built.</param>
    /// <param name="change">The change of one input.</param>
    /// <param name="misses">How many compilations the change concerns.</param>
    /// <param name="arguments">More arguments of each build.</param>
    public static void AfterChange(TestSolution solution, string project, Action change, int misses = 1, string[]? arguments = null)
    {
        arguments ??= [];
        solution.Restore(project);
        solution.Build(project, arguments).Succeeded();
        change();

        solution.Wipe();
        BuildResult first = solution.Build(project, arguments);
        SortedDictionary<string, string> firstOutputs = solution.Outputs();
        solution.Wipe();
        BuildResult second = solution.Build(project, arguments);
        SortedDictionary<string, string> secondOutputs = solution.Outputs();
        solution.Wipe();
        BuildResult control = solution.BuildWithoutCache(project, arguments);
        SortedDictionary<string, string> controlOutputs = solution.Outputs();

        Assert.True(first.Misses + first.Failed == misses, $"expected {misses} misses, not {first.Misses}, and {first.Failed} failures\n{string.Join('\n', first.Compilations)}\n{first.Output}");
        Assert.True(second.Misses == 0, $"expected hits only\n{string.Join('\n', second.Compilations)}\n{second.Output}");
        Same(control, controlOutputs, first, firstOutputs);
        Same(control, controlOutputs, second, secondOutputs);
    }

    /// <summary>Builds without a cache, filling it and from it, always from a clean tree; all three must agree.</summary>
    /// <returns>The build from the cache.</returns>
    public static BuildResult OfHit(TestSolution solution, string project, params string[] arguments) => OfHit(solution, project, "build", arguments);

    public static BuildResult OfHit(TestSolution solution, string project, string verb, string[] arguments)
    {
        solution.Restore(project);
        BuildResult control = solution.Command(verb, project, false, arguments);
        SortedDictionary<string, string> controlOutputs = solution.Outputs();
        solution.Wipe();
        BuildResult miss = solution.Command(verb, project, true, arguments);
        SortedDictionary<string, string> missOutputs = solution.Outputs();
        solution.Wipe();
        BuildResult hit = solution.Command(verb, project, true, arguments);
        Same(control, controlOutputs, miss, missOutputs);
        Same(control, controlOutputs, hit, solution.Outputs());
        Assert.True(hit is { Misses: 0, Hits: > 0 }, string.Join('\n', hit.Compilations) + hit.Output);
        return hit;
    }

    public static void Same(BuildResult control, SortedDictionary<string, string> controlOutputs, BuildResult build, SortedDictionary<string, string> outputs)
    {
        Assert.True(control.ExitCode == build.ExitCode, $"exit code {build.ExitCode} instead of {control.ExitCode}\n{build.Output}");
        Assert.Equal(control.Diagnostics, build.Diagnostics);
        IEnumerable<string> different = controlOutputs.Keys.Union(outputs.Keys)
            .Where(path => controlOutputs.GetValueOrDefault(path) != outputs.GetValueOrDefault(path))
            .Select(path => $"{path}: {(!controlOutputs.ContainsKey(path) ? "new" : !outputs.ContainsKey(path) ? "gone" : "other bytes")}");
        Assert.True(!different.Any(), string.Join('\n', different) + "\n" + build.Output);
    }
}
