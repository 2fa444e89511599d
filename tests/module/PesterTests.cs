using System.Reflection;
using Xunit;

namespace BuildCache.PowerShell.Tests;

/// <summary>Runs the Pester suite under <c>dotnet test</c>, a file at a time, where PowerShell and Pester are there.</summary>
public sealed class PesterTests
{
    /// <summary>The Pester files, by name.</summary>
    public static TheoryData<string> Files { get; } =
        [.. Directory.EnumerateFiles(Metadata("PesterFiles"), "*.Tests.ps1").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    /// <summary>One Pester file, in a PowerShell of its own.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public async Task Passes(string file)
    {
        if (await PowerShellSession.WhyNotAsync() is { } reason)
        {
            Assert.Skip(reason);
        }

        // The report is short, so that a failure shows here what failed and nothing else.
        const string Run = """
            $ErrorActionPreference = 'Stop'
            $configuration = New-PesterConfiguration
            $configuration.Run.Path = $env:PESTER_FILE
            $configuration.Run.PassThru = $true
            $configuration.Output.Verbosity = 'None'
            $run = Invoke-Pester -Configuration $configuration
            foreach ($container in $run.FailedContainers) { "FAILED: the file itself`n$($container.ErrorRecord | Out-String)" }
            foreach ($block in $run.FailedBlocks) { "FAILED: $($block.ExpandedPath)`n$($block.ErrorRecord | Out-String)" }
            foreach ($test in $run.Failed) { "FAILED: $($test.ExpandedPath)`n$($test.ErrorRecord | Out-String)" }
            foreach ($test in $run.Skipped) { "SKIPPED: $($test.ExpandedPath): $($test.ErrorRecord.Exception.Message)" }
            "$($run.PassedCount) passed, $($run.FailedCount) failed, $($run.SkippedCount) skipped"
            exit [int]($run.Result -ne 'Passed' -or $run.PassedCount -eq 0)
            """;
        (int exitCode, string output) = await PowerShellSession.RunAsync(Run, new()
        {
            ["PESTER_FILE"] = Path.Combine(Metadata("PesterFiles"), file),
            ["MODULE_UNDER_TEST"] = Metadata("ModuleUnderTest"),
        });
        TestContext.Current.TestOutputHelper?.WriteLine(output);
        Assert.True(exitCode == 0, output);
    }

    private static string Metadata(string key) =>
        typeof(PesterTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == key).Value!;
}
