using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace BuildCache.PowerShell.Tests;

/// <summary>The PowerShell on this machine, if there is one.</summary>
internal static class PowerShellSession
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);
    private static readonly Lazy<Task<string?>> s_whyNot = new(FindProblemAsync);

    /// <summary>Why the suite cannot run here, or <see langword="null"/> when it can.</summary>
    public static Task<string?> WhyNotAsync() => s_whyNot.Value;

    /// <summary>Runs a script in a new session.</summary>
    /// <returns>The exit code and all that was written.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(string script, Dictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("pwsh", ["-NoProfile", "-NonInteractive", "-Command", script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            Environment = { ["NO_COLOR"] = "1" },
        };
        foreach ((string name, string value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(s_limit);
        try
        {
            Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
            string output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, (output + await errors).Trim());
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static async Task<string?> FindProblemAsync()
    {
        const string Versions = "[string]$PSVersionTable.PSVersion; [string](Get-Module Pester -ListAvailable | Sort-Object Version | Select-Object -Last 1).Version";
        try
        {
            (int exitCode, string output) = await RunAsync(Versions);
            string[] versions = [.. output.Split('\n').Select(line => line.Trim())];
            return exitCode != 0 || !Version.TryParse(versions[0].Split('-')[0], out Version? shell) ? $"pwsh does not run: {output}"
                : shell < new Version(7, 6) ? $"PowerShell {shell} is here, and the module needs 7.6."
                : versions.Length < 2 || !Version.TryParse(versions[1], out Version? pester) ? "PowerShell is here, and Pester is not."
                : pester < new Version(5, 0) ? $"Pester {pester} is here, and the suite needs 5.0."
                : null;
        }
        catch (Win32Exception error)
        {
            return $"There is no pwsh on the PATH ({error.Message}).";
        }
    }
}
