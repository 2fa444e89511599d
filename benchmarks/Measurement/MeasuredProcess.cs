using System.Diagnostics;

namespace BuildCache.Benchmarks.Measurement;

/// <summary>Runs a program to its end and tells what it and all it started took. One at a time, or they count for each other.</summary>
internal static class MeasuredProcess
{
    /// <summary>Starts the line with which a program of ours tells its peak memory.</summary>
    public const string PeakPrefix = "peak-bytes=";

    /// <summary>Runs a program.</summary>
    /// <param name="program">Its name or path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Variables to set, or to remove where the value is <see langword="null"/>.</param>
    /// <exception cref="InvalidOperationException">It failed; the message has what it printed.</exception>
    public static Cost Run(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        (double userBefore, double systemBefore) = ChildUsage.Read();
        var watch = Stopwatch.StartNew();
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        double wall = watch.Elapsed.TotalSeconds;
        (double user, double system) = ChildUsage.Read();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"'{program} {string.Join(' ', start.ArgumentList)}' exited with {process.ExitCode}.\n{output}\n{errors.Result}");
        }

        return new Cost(user - userBefore, system - systemBefore, wall, PeakOf(output));
    }

    /// <summary>Runs another command of this program as a process of its own.</summary>
    public static Cost RunSelf(params IEnumerable<string> arguments)
    {
        string program = Environment.ProcessPath!;
        bool isHost = Path.GetFileNameWithoutExtension(program).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        return Run(program, isHost ? [typeof(MeasuredProcess).Assembly.Location, .. arguments] : arguments);
    }

    /// <summary>Prints the peak memory of this process, for the one that measures it.</summary>
    public static void ReportPeak()
    {
        using var self = Process.GetCurrentProcess();
        Console.WriteLine($"{PeakPrefix}{self.PeakWorkingSet64}");
    }

    private static long PeakOf(string output) =>
        output.Split('\n').LastOrDefault(line => line.StartsWith(PeakPrefix, StringComparison.Ordinal)) is { } line
        && long.TryParse(line.AsSpan(PeakPrefix.Length), out long peak) ? peak : 0;
}
