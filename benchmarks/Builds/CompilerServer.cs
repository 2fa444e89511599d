using System.Diagnostics;
using System.Globalization;
using BuildCache.Benchmarks.Measurement;

namespace BuildCache.Benchmarks.Builds;

/// <summary>A compiler server that serves one build and nobody else, so that its CPU time can be told.</summary>
/// <remarks>It outlives the build that starts it, so no parent is charged with its time; it is read from the kernel before the server is ended.</remarks>
internal sealed class CompilerServer
{
    // The unit of the times in /proc, the same on every Linux that .NET runs on.
    private const double TicksASecond = 100;

    private readonly string _pipe = "buildcache-benchmark-" + Guid.NewGuid().ToString("N");

    /// <summary>The properties that make a build use this server.</summary>
    public IEnumerable<string> Properties => ["UseSharedCompilation=true", "SharedCompilationId=" + _pipe];

    /// <summary>Ends the server.</summary>
    /// <returns>What it took.</returns>
    /// <exception cref="InvalidOperationException">The build did not use it.</exception>
    public Cost End()
    {
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                && TryRead(Path.Combine(directory, "cmdline"))?.Contains(_pipe, StringComparison.Ordinal) == true
                && TryRead(Path.Combine(directory, "stat")) is { } stat)
            {
                // The second field is a name in brackets, which may hold anything; the 14th and 15th are the times.
                string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                var cost = new Cost(Ticks(fields[11]), Ticks(fields[12]), 0);
                using var server = Process.GetProcessById(id);
                server.Kill();
                server.WaitForExit();
                return cost;
            }
        }

        throw new InvalidOperationException("The build has started no compiler server of its own.");
    }

    private static double Ticks(string text) => long.Parse(text, CultureInfo.InvariantCulture) / TicksASecond;

    private static string? TryRead(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It ended meanwhile, or belongs to somebody else.
            return null;
        }
    }
}
