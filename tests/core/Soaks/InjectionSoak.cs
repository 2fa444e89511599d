using System.Diagnostics;
using System.Globalization;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Soaks;

/// <summary>Makes single calls to the file system fail while a process works on a store, a source and a destination, and counts what the next use finds.</summary>
internal static class InjectionSoak
{
    /// <summary>Runs every scenario, or one: <c>injections [tries] [seconds] [scenario]</c>. Prints a table; returns the exit code.</summary>
    /// <param name="tries">How many calls fail in each.</param>
    /// <param name="seconds">How long it may take for each.</param>
    /// <param name="only">The name of one scenario; empty for all.</param>
    public static async Task<int> ShowAsync(int tries, int seconds, string only)
    {
        if (Strace.Unavailable is { } reason)
        {
            Console.WriteLine(reason);
            return 1;
        }

        Console.WriteLine("| a call fails during | tries | failed calls | refused | lost | wrong | left behind |\n| --- | --: | --: | --: | --: | --: | --: |");
        List<string> examples = [];
        bool isGood = true;
        foreach (string name in SoakScenario.All.Keys.Where(name => only.Length == 0 || name == only))
        {
            SoakRow row = await RunAsync(name, tries, TimeSpan.FromSeconds(seconds));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {name} | {row.Tries:N0} | {row.Hits:N0} | {row.Refused:N0} | {row.Lost:N0} | {row.Wrong:N0} | {row.LeftBehind:N0} |"));
            examples.AddRange(row.Examples.Select(example => $"{name}: {example}"));
            isGood &= row.IsGood;
        }

        SoakRow.Print(examples);
        return isGood ? 0 : 1;
    }

    /// <summary>Runs one scenario.</summary>
    public static async Task<SoakRow> RunAsync(string name, int tries, TimeSpan duration)
    {
        using var folder = new TempFolder();
        using var logs = new TempFolder();
        SoakScenario scenario = SoakScenario.All[name](folder.Root);
        await scenario.PrepareAsync();
        var row = new SoakRow();
        long started = Stopwatch.GetTimestamp();
        IReadOnlyList<(string Call, int Times)> calls = await CallsOfAsync(name, folder.Root, logs.PathOf("calls"));
        await scenario.CheckAsync();
        for (int turn = 1; row.Tries < tries && Stopwatch.GetElapsedTime(started) < duration; turn++)
        {
            (string call, int times) = calls[Random.Shared.Next(calls.Count)];
            string error = Errors.Of(call);
            (string outcome, IReadOnlyList<string> failed) = await TryAsync(name, folder.Root, logs.PathOf("log"), turn * 100, call, error, 1 + Random.Shared.Next(times));
            SoakFindings findings = await scenario.CheckAsync();
            if (failed.Count == 0)
            {
                // The call was not made so often this time, or not for a file of the scenario.
                continue;
            }

            if (outcome.StartsWith("raw", StringComparison.Ordinal))
            {
                findings.Wrong.Add($"an exception without an id, {outcome}");
            }

            row.Add(findings, isHit: true, $"{error} of {failed[0]}", outcome.StartsWith("refused", StringComparison.Ordinal));
        }

        return row;
    }

    private static async Task<IReadOnlyList<(string Call, int Times)>> CallsOfAsync(string name, string root, string log)
    {
        using (ScenarioProcess process = await ScenarioProcess.StartAsync(name, root, turn: 1, forever: false))
        {
            using Strace strace = await Strace.AttachAsync(process.Process.Id, log, $"trace={string.Join(',', Errors.Calls.Select(call => "?" + call))}");
            await process.DoAsync(TimeSpan.FromSeconds(60));
        }

        return [.. Strace.CallsBelow(log, root).GroupBy(call => call.Name).Select(group => (group.Key, group.Count()))];
    }

    private static async Task<(string Outcome, IReadOnlyList<string> Failed)> TryAsync(
        string name, string root, string log, int turn, string call, string error, int when)
    {
        string outcome;
        using (ScenarioProcess process = await ScenarioProcess.StartAsync(name, root, turn, forever: false))
        {
            using Strace strace = await Strace.AttachAsync(process.Process.Id, log,
                $"trace={call}", string.Create(CultureInfo.InvariantCulture, $"inject={call}:error={error}:when={when}"));
            outcome = await process.DoAsync(TimeSpan.FromSeconds(60));
        }

        return (outcome, [.. Strace.CallsBelow(log, root).Where(made => made.IsInjected).Select(made => made.Line)]);
    }

    /// <summary>The calls that may fail, and how.</summary>
    private static class Errors
    {
        private static readonly string[] s_open = ["EIO", "EACCES", "EMFILE", "ENOSPC"], s_write = ["EIO", "ENOSPC", "EDQUOT"], s_name = ["EIO", "EACCES", "ENOSPC"],
            s_remove = ["EIO", "EACCES", "EBUSY"], s_attributes = ["EIO", "EPERM"], s_read = ["EIO"], s_lock = ["ENOLCK", "EIO"];

        private static readonly Dictionary<string, string[]> s_all = new(StringComparer.Ordinal)
        {
            ["openat"] = s_open,
            ["open"] = s_open,
            ["write"] = s_write,
            ["pwrite64"] = s_write,
            ["pwritev"] = s_write,
            ["ftruncate"] = s_write,
            ["fallocate"] = s_write,
            ["copy_file_range"] = s_write,
            ["sendfile"] = s_write,
            ["fsync"] = s_write,
            ["fdatasync"] = s_write,
            ["read"] = s_read,
            ["pread64"] = s_read,
            ["preadv"] = s_read,
            ["getdents64"] = s_read,
            ["readlink"] = s_read,
            ["readlinkat"] = s_read,
            ["stat"] = s_read,
            ["lstat"] = s_read,
            ["fstat"] = s_read,
            ["newfstatat"] = s_read,
            ["statx"] = s_read,
            ["access"] = s_read,
            ["faccessat2"] = s_read,
            ["rename"] = s_name,
            ["renameat"] = s_name,
            ["renameat2"] = s_name,
            ["link"] = s_name,
            ["linkat"] = s_name,
            ["symlink"] = s_name,
            ["symlinkat"] = s_name,
            ["mkdir"] = s_name,
            ["mkdirat"] = s_name,
            ["unlink"] = s_remove,
            ["unlinkat"] = s_remove,
            ["rmdir"] = s_remove,
            ["chmod"] = s_attributes,
            ["fchmod"] = s_attributes,
            ["fchmodat"] = s_attributes,
            ["utimensat"] = s_attributes,
            ["flock"] = s_lock,
        };

        public static IEnumerable<string> Calls => s_all.Keys;

        public static string Of(string call) => s_all[call] is var errors ? errors[Random.Shared.Next(errors.Length)] : "";
    }
}
