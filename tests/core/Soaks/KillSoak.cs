using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Soaks;

/// <summary>Kills processes at random points of what they do to files, and counts what the next use finds.</summary>
internal static class KillSoak
{
    // The first stands for SIGKILL, which .NET has no name for.
    private static readonly PosixSignal[] s_signals = [0, PosixSignal.SIGTERM, PosixSignal.SIGHUP];

    /// <summary>Runs every scenario, or one: <c>kills [tries] [seconds] [scenario]</c>. Prints a table; returns the exit code.</summary>
    /// <param name="tries">How often each is killed.</param>
    /// <param name="seconds">How long it may take for each.</param>
    /// <param name="only">The name of one scenario; empty for all.</param>
    public static async Task<int> ShowAsync(int tries, int seconds, string only)
    {
        if (OperatingSystem.IsWindows())
        {
            Console.WriteLine("Windows has no signals to kill a process with; run 'kills' on Linux or macOS.");
            return 1;
        }

        Console.WriteLine("| killed during | tries | killed | lost | wrong | left behind |\n| --- | --: | --: | --: | --: | --: |");
        List<string> examples = [];
        bool isGood = true;
        foreach (string name in SoakScenario.All.Keys.Where(name => only.Length == 0 || name == only))
        {
            SoakRow row = await RunAsync(name, tries, TimeSpan.FromSeconds(seconds), CancellationToken.None);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {row.Tries:N0} | {row.Hits:N0} | {row.Lost:N0} | {row.Wrong:N0} | {row.LeftBehind:N0} |"));
            examples.AddRange(row.Examples.Select(example => $"{name}: {example}"));
            isGood &= row.IsGood;
        }

        SoakRow.Print(examples);
        return isGood ? 0 : 1;
    }

    /// <summary>Runs one scenario.</summary>
    public static async Task<SoakRow> RunAsync(string name, int tries, TimeSpan duration, CancellationToken cancellationToken)
    {
        using var folder = new TempFolder();
        SoakScenario scenario = SoakScenario.All[name](folder.Root);
        await scenario.PrepareAsync();
        var row = new SoakRow();
        long started = Stopwatch.GetTimestamp();
        while (row.Tries < tries && Stopwatch.GetElapsedTime(started) < duration && !cancellationToken.IsCancellationRequested)
        {
            PosixSignal signal = s_signals[row.Tries % s_signals.Length];
            using ScenarioProcess process = await ScenarioProcess.StartAsync(name, folder.Root, (row.Tries + 1) * 10_000, forever: true);
            // Some milliseconds mostly; the just-in-time compiler may still be at work then.
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Pow(Random.Shared.NextDouble(), 2) * 120), CancellationToken.None);
            string early = process.Process.HasExited ? await process.Process.StandardError.ReadToEndAsync(CancellationToken.None) : "";
            bool ended = await process.EndByAsync(signal);
            SoakFindings findings = await scenario.CheckAsync();
            if (early.Length > 0)
            {
                findings.Wrong.Add($"the step fails: {early.ReplaceLineEndings(" ")}");
            }

            if (!ended)
            {
                findings.Wrong.Add("the process did not end");
            }

            row.Add(findings, isHit: early.Length == 0 && ended, signal == 0 ? "SIGKILL" : signal.ToString());
        }

        return row;
    }
}
