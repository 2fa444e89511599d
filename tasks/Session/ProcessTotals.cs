using System.Diagnostics;

namespace BuildCache.MSBuild.Session;

/// <summary>Says at the end what the builds of this process did with the cache: one line for people, a file for programs.</summary>
/// <remarks>
/// A command may run several builds in one process, and gets one line for all of them. MSBuild's server runs the builds of many commands, and
/// each build gets a line of its own.
/// </remarks>
internal static class ProcessTotals
{
    private static readonly Lock s_gate = new();
    private static readonly List<CompilationRecord> s_records = [];
    private static bool s_printsAtEnd;

    /// <summary>When the build that is running can have begun at the earliest, in UTC.</summary>
    public static DateTime BuildStart { get; private set; } = ProcessStart();

    /// <summary>Adds the builds' records at the end of one.</summary>
    /// <param name="records">What became of its compilations, on all nodes.</param>
    /// <param name="reports">Full paths of the files to write.</param>
    /// <param name="isTalking">Whether the build prints to a person.</param>
    public static void Add(IReadOnlyList<CompilationRecord> records, IReadOnlyCollection<string> reports, bool isTalking)
    {
        lock (s_gate)
        {
            if (BuildNode.IsServer)
            {
                BuildStart = DateTime.UtcNow;
                s_records.Clear();
            }

            s_records.AddRange(records);
            if (records.Count == 0)
            {
                return;
            }

            var summary = new BuildSummary([.. s_records]);
            foreach (string report in reports)
            {
                summary.TryWrite(report);
            }

            if (!isTalking || !BuildNode.Prints)
            {
                return;
            }

            // No logger takes a message any more when all projects are done, and the terminal logger redraws its lines until the
            // very end; so the line waits for the process to exit. MSBuild's server does not exit, and its output is plain.
            if (BuildNode.IsServer)
            {
                Print(summary);
            }
            else if (!s_printsAtEnd)
            {
                s_printsAtEnd = true;
                AppDomain.CurrentDomain.ProcessExit += (_, _) => Print(new BuildSummary(s_records));
            }
        }
    }

    private static void Print(BuildSummary summary)
    {
        try
        {
            Console.Out.WriteLine(summary.ToString());
        }
        catch (IOException)
        {
            // The reader of the output is gone.
        }
    }

    private static DateTime ProcessStart()
    {
        using var process = Process.GetCurrentProcess();
        return process.StartTime.ToUniversalTime();
    }
}
