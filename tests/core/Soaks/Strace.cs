using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace BuildCache.Tests.Soaks;

/// <summary><c>strace</c>, attached to a process: it notes calls to the system, and makes some of them fail.</summary>
internal sealed partial class Strace : IDisposable
{
    private readonly Process _process;

    private Strace(Process process) => _process = process;

    /// <summary>Why it cannot be used, or <see langword="null"/>.</summary>
    public static string? Unavailable
    {
        get
        {
            if (!OperatingSystem.IsLinux())
            {
                return "Errors are injected with strace, which only Linux has.";
            }

            try
            {
                using Process process = Process.Start(new ProcessStartInfo("strace", ["-o", "/dev/null", "-e", "inject=getppid:error=EPERM", "true"]) { RedirectStandardError = true })!;
                string errors = process.StandardError.ReadToEnd();
                process.WaitForExit();
                return process.ExitCode == 0 ? null : $"strace does not work here: {errors.Trim()} It has to be 4.15 or later, and this user must be allowed to trace.";
            }
            catch (Win32Exception)
            {
                return "Errors are injected with strace, and there is none. Install it, on Debian and Ubuntu with 'apt-get install strace'.";
            }
        }
    }

    /// <summary>Attaches it to all threads of a process.</summary>
    /// <param name="process">The number of the process.</param>
    /// <param name="log">Full path of the file that it writes to.</param>
    /// <param name="expressions">What it does, as the values of <c>-e</c>.</param>
    public static async Task<Strace> AttachAsync(int process, string log, params string[] expressions)
    {
        var start = new ProcessStartInfo("strace",
            ["-f", "-y", "-s", "0", "-o", log, "-p", process.ToString(CultureInfo.InvariantCulture), .. expressions.SelectMany(expression => (string[])["-e", expression])])
        {
            RedirectStandardError = true,
        };
        var strace = new Strace(Process.Start(start)!);
        string? line = await strace._process.StandardError.ReadLineAsync();
        if (line?.Contains("attached", StringComparison.Ordinal) != true)
        {
            string rest = await strace._process.StandardError.ReadToEndAsync();
            strace.Dispose();
            throw new InvalidOperationException($"strace does not attach: {line} {rest}");
        }

        // Each thread that begins is told of.
        _ = strace._process.StandardError.ReadToEndAsync();
        return strace;
    }

    /// <summary>The calls of a log that name something below a directory.</summary>
    public static IEnumerable<(string Name, string Line, bool IsInjected)> CallsBelow(string log, string root) =>
        File.ReadLines(log).Where(line => line.Contains(root, StringComparison.Ordinal) && !line.Contains($"{root}/{SoakScenario.LogName}", StringComparison.Ordinal)).Select(line => (Match: Call().Match(line), Line: line)).Where(found => found.Match.Success)
            .Select(found => (found.Match.Groups[1].Value, found.Line[found.Match.Groups[1].Index..].Replace(root + "/", "", StringComparison.Ordinal), found.Line.EndsWith("(INJECTED)", StringComparison.Ordinal)));

    public void Dispose()
    {
        // It ends with the process that it is attached to.
        if (!_process.WaitForExit(TimeSpan.FromSeconds(10)))
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    [GeneratedRegex(@"^\d+\s+(\w+)\(")]
    private static partial Regex Call();
}
