using System.Text.Json;
using System.Text.RegularExpressions;

namespace BuildCache.MSBuild.Tests;

/// <summary>What a build printed and reported.</summary>
/// <param name="Diagnostics">Warnings and errors with their places, in the order in which they were printed.</param>
/// <param name="Compilations">The report of the cache: target, outcome, reason.</param>
internal sealed partial record BuildResult(
    int ExitCode, string Output, IReadOnlyList<string> Diagnostics, IReadOnlyList<(string Target, string Outcome, string? Reason)> Compilations)
{
    public int Hits => Count("Hit");

    public int Misses => Count("Missed");

    public int Bypassed => Count("Bypassed");

    public int Failed => Count("Failed");

    public static BuildResult Of(int exitCode, string output, string reportFile, string root)
    {
        List<(string, string, string?)> compilations = [];
        if (File.Exists(reportFile))
        {
            using JsonDocument report = JsonDocument.Parse(File.ReadAllBytes(reportFile));
            compilations.AddRange(report.RootElement.GetProperty("compilations").EnumerateArray().Select(compilation => (
                compilation.GetProperty("target").GetString()!, compilation.GetProperty("outcome").GetString()!, compilation.GetProperty("reason").GetString())));
        }

        return new BuildResult(exitCode, output,
            [.. Diagnostic().Matches(output).Select(match => match.Value.Trim().Replace(root, "", StringComparison.Ordinal))], compilations);
    }

    public BuildResult Succeeded()
    {
        Assert.True(ExitCode == 0, Output);
        return this;
    }

    /// <summary>Checks the counts of the cache's report.</summary>
    public BuildResult Counts(int hits, int misses, int bypassed = 0, int failed = 0)
    {
        Assert.True((hits, misses, bypassed, failed) == (Hits, Misses, Bypassed, Failed),
            $"expected {hits} hits, {misses} misses, {bypassed} bypassed, {failed} failed\n{string.Join('\n', Compilations)}\n{Output}");
        return this;
    }

    private int Count(string outcome) => Compilations.Count(compilation => compilation.Outcome == outcome);

    [GeneratedRegex(@"^.*?(?:\(\d[\d,]*\))?: (?:warning|error) .*$", RegexOptions.Multiline)]
    private static partial Regex Diagnostic();
}
