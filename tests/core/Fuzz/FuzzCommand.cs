using System.Globalization;
using BuildCache.Content;

namespace BuildCache.Tests.Fuzz;

/// <summary>Many more inputs than there is time for in every run.</summary>
internal static class FuzzCommand
{
    /// <summary>Gives every decoder its part of some minutes, prints a table, and keeps what was found in the corpus.</summary>
    /// <param name="minutes">All of the time.</param>
    /// <param name="only">The name of one decoder; empty for all.</param>
    public static int Show(int minutes, string only)
    {
        FuzzTarget[] targets = [.. FuzzTargets.All.Where(target => only.Length == 0 || target.Name == only)];
        TimeSpan each = TimeSpan.FromMinutes(minutes) / Math.Max(1, targets.Length);
        int seed = Environment.TickCount;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed}, {each.TotalSeconds:0} s for each of {targets.Length} decoders"));
        Console.WriteLine("| Decoder | Cases | Seconds | Found |");
        Console.WriteLine("| --- | ---: | ---: | ---: |");
        int found = 0;
        foreach (FuzzTarget target in targets)
        {
            FuzzRun run = FuzzRun.Of(target, seed, int.MaxValue, each);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {target.Name} | {run.Cases:N0} | {run.Time.TotalSeconds:0} | {run.Findings.Count} |"));
            foreach (FuzzFinding finding in run.Findings)
            {
                string folder = Directory.CreateDirectory(FuzzTests.FolderOf(target.Name)).FullName;
                string file = Path.Combine(folder, Digest.Of(finding.Input).Hash[..16]);
                File.WriteAllBytes(file, finding.Input);
                Console.Error.WriteLine($"{file}: {finding.Why}");
            }

            found += run.Findings.Count;
        }

        return found == 0 ? 0 : 1;
    }
}
