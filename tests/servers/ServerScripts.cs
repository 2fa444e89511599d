using System.Collections.Concurrent;
using System.Diagnostics;

namespace BuildCache.TestServers;

/// <summary>The scripts that bring and start the servers; a developer runs the same ones by hand.</summary>
internal static class ServerScripts
{
    private static readonly ConcurrentDictionary<string, Lazy<string?>> s_reasons = new();

    /// <summary>Why the server cannot be had on this machine; null when its files are here. Asked once a process.</summary>
    public static string? ReasonUnavailable(string server) =>
        s_reasons.GetOrAdd(server, static name => new Lazy<string?>(() => Fetch(name))).Value;

    public static ProcessStartInfo Run(string script, params string[] arguments) =>
        new("bash", [Path.Combine(AppContext.BaseDirectory, "servers", script), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

    private static string? Fetch(string server)
    {
        if (!OperatingSystem.IsLinux())
        {
            return $"{server} comes from Debian's packages, which run on Linux only.";
        }

        try
        {
            using Process process = Process.Start(Run("fetch.sh", server))!;
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            string errors = process.StandardError.ReadToEnd();
            output.Wait();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : LastLine(errors) ?? $"{server} cannot be fetched.";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return $"{server} needs bash to be fetched and started.";
        }
    }

    private static string? LastLine(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
}
