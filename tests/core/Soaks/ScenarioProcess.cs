using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Soaks;

/// <summary>A process that does the steps of a scenario: this test program, started with <c>scenario</c>.</summary>
internal sealed class ScenarioProcess : IDisposable
{
    private const string Ready = "ready";

    private ScenarioProcess(Process process) => Process = process;

    public Process Process { get; }

    /// <summary>Starts one, and waits until it has done its first steps.</summary>
    /// <param name="name">The scenario.</param>
    /// <param name="root">Its directory.</param>
    /// <param name="turn">The number of the first step.</param>
    /// <param name="forever">Whether it does steps until it is killed; otherwise one, when it is told to.</param>
    public static async Task<ScenarioProcess> StartAsync(string name, string root, int turn, bool forever)
    {
        Process process = TestProgram.Start(
            start =>
            {
                start.RedirectStandardInput = true;
                start.Environment["TMPDIR"] = Path.Combine(root, "temp");
                // The runtime has files of its own there, which a killed process leaves.
                start.Environment["DOTNET_EnableDiagnostics"] = "0";
            },
            "scenario", name, root, turn.ToString(CultureInfo.InvariantCulture), forever ? "forever" : "once");
        var started = new ScenarioProcess(process);
        string? line = await process.StandardOutput.ReadLineAsync();
        if (line == Ready)
        {
            return started;
        }

        string errors = await process.StandardError.ReadToEndAsync();
        started.Dispose();
        throw new InvalidOperationException($"The scenario '{name}' does not start: {line} {errors}");
    }

    /// <summary>Works as the process.</summary>
    public static async Task<int> RunAsync(string name, string root, int turn, bool forever)
    {
        SoakScenario scenario = SoakScenario.All[name](root);
        // What the runtime compiles and loads, it does in the first steps.
        await scenario.DoAsync(turn++);
        if (forever)
        {
            Console.WriteLine(Ready);
            while (true)
            {
                await scenario.DoAsync(turn++);
            }
        }

        await scenario.DoAsync(turn++);
        Console.WriteLine(Ready);
        if (Console.ReadLine() is null)
        {
            return 1;
        }

        Console.WriteLine(await OutcomeOfAsync(scenario, turn));
        return 0;
    }

    /// <summary>Lets it do its step.</summary>
    /// <returns>What the step says: <c>done</c>, <c>refused</c> with an error id and a message, or <c>raw</c> with an exception that has no id.</returns>
    public async Task<string> DoAsync(TimeSpan timeout)
    {
        Process.StandardInput.WriteLine();
        Process.StandardInput.Flush();
        using var stop = new CancellationTokenSource(timeout);
        try
        {
            string? line = await Process.StandardOutput.ReadLineAsync(stop.Token);
            return line ?? $"raw: the process ended: {(await Process.StandardError.ReadToEndAsync(stop.Token)).ReplaceLineEndings(" ")}";
        }
        catch (OperationCanceledException)
        {
            return "raw: the step did not end";
        }
    }

    /// <summary>Sends it a signal, and waits for its end.</summary>
    /// <returns>Whether it ended.</returns>
    public async Task<bool> EndByAsync(PosixSignal signal)
    {
        const int Hup = 1, Kill = 9, Term = 15;
        _ = kill(Process.Id, signal == PosixSignal.SIGHUP ? Hup : signal == PosixSignal.SIGTERM ? Term : Kill);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            await Process.WaitForExitAsync(stop.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        if (!Process.HasExited)
        {
            Process.Kill();
            Process.WaitForExit();
        }

        Process.Dispose();
    }

    private static async Task<string> OutcomeOfAsync(SoakScenario scenario, int turn)
    {
        try
        {
            await scenario.DoAsync(turn);
            return "done";
        }
        catch (BuildCacheException error)
        {
            return $"refused {error.Id.Code} {error.Message.ReplaceLineEndings(" ")}";
        }
        catch (Exception error)
        {
            return $"raw {error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")} {error.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("BuildCache", StringComparison.Ordinal))?.Trim()}";
        }
    }

    [DllImport("libc", EntryPoint = "kill", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int process, int signal);
}
