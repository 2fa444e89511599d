using System.Diagnostics;
using System.Globalization;
using BuildCache.Tests.Support;
using BuildCache.Volumes;

namespace BuildCache.Tests.Volumes;

/// <summary>Processes that hold shared, private and locked volumes while holders among them are killed.</summary>
public sealed class VolumeSoak : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly List<string> _own = [];
    private readonly Dictionary<VolumeSharing, int> _kills = Enum.GetValues<VolumeSharing>().ToDictionary(sharing => sharing, _ => 0);
    private readonly List<long> _deaths = [];
    private readonly List<string> _errors = [];

    private string Root => _folder.PathOf("volumes");

    /// <summary>Runs the processes and adds up what they left.</summary>
    /// <param name="processes">How many at a time; one that is killed is replaced.</param>
    /// <param name="duration">How long.</param>
    /// <param name="pause">The time between two kills.</param>
    public async Task<SoakResult> RunAsync(int processes, TimeSpan duration, TimeSpan pause)
    {
        long started = Stopwatch.GetTimestamp();
        List<(Process Process, string Own)> workers = [];
        for (int i = 0; i < processes; i++)
        {
            workers.Add(StartOne(duration));
        }

        for (int turn = 0; duration - Stopwatch.GetElapsedTime(started) is { } left && left > TimeSpan.Zero; turn++)
        {
            await Task.Delay(left < pause ? left : pause);
            await KillHolderAsync(workers, (VolumeSharing)(1 + (turn % 3)));
            TimeSpan rest = duration - Stopwatch.GetElapsedTime(started);
            if (workers.Count < processes && rest > pause)
            {
                workers.Add(StartOne(rest));
            }
        }

        foreach ((Process process, string own) in workers)
        {
            string errors = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            if (process.ExitCode != 0)
            {
                _errors.Add(errors);
            }

            process.Dispose();
        }

        return Result();
    }

    private (Process Process, string Own) StartOne(TimeSpan duration)
    {
        string own = _folder.Folder($"own/{_own.Count}");
        _own.Add(own);
        return (TestProgram.Start("volume-worker", Root, own, $"{_own.Count}", duration.TotalSeconds.ToString(CultureInfo.InvariantCulture)), own);
    }

    /// <summary>Kills a process that holds a volume of the kind just now, as far as one can be found.</summary>
    private async Task KillHolderAsync(List<(Process Process, string Own)> workers, VolumeSharing kind)
    {
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < TimeSpan.FromMilliseconds(200);)
        {
            int holder = workers.FindIndex(worker => StateOf(worker.Own) == (byte)kind && !worker.Process.HasExited);
            if (holder >= 0)
            {
                (Process process, string own) = workers[holder];
                process.Kill();
                long died = Stopwatch.GetTimestamp();
                await process.WaitForExitAsync();
                // It may have come out in the meantime, or into another.
                if (StateOf(own) is > 0 and byte state)
                {
                    _kills[(VolumeSharing)state]++;
                    if (state == (byte)VolumeSharing.Locked)
                    {
                        _deaths.Add(died);
                    }
                }

                process.Dispose();
                workers.RemoveAt(holder);
                return;
            }

            await Task.Yield();
        }
    }

    private static byte StateOf(string own)
    {
        byte[] bytes = File.Exists(Path.Combine(own, "state")) ? File.ReadAllBytes(Path.Combine(own, "state")) : [];
        return bytes.Length > 0 ? bytes[0] : (byte)0;
    }

    private SoakResult Result()
    {
        (int Kind, long Entered, bool Second)[] holds = [.. _own.Where(own => File.Exists(Path.Combine(own, "log")))
            .SelectMany(own => File.ReadAllText(Path.Combine(own, "log")).Split('\n')[..^1]).Select(line => line.Split(' '))
            .Select(parts => (int.Parse(parts[0], CultureInfo.InvariantCulture), long.Parse(parts[1], CultureInfo.InvariantCulture), parts[2] == "1"))];
        return new SoakResult([.. Enum.GetValues<VolumeSharing>().Select(sharing => Row(sharing, [.. holds.Where(hold => hold.Kind == (int)sharing)]))], _errors);
    }

    private SoakRow Row(VolumeSharing sharing, (int Kind, long Entered, bool Second)[] holds)
    {
        // A process that was killed after it wrote and before it noted it has counted once more, and no more often than that.
        long counted = sharing == VolumeSharing.Shared ? 0
            : Directory.GetFiles(Root, SoakWorker.CounterName, SearchOption.AllDirectories)
                .Where(file => File.ReadAllText(FileOfVolume(file)).StartsWith(new VolumeIdentity(Rig.Key("soak"), sharing).Id, StringComparison.Ordinal))
                // One that was killed before it wrote for the first time left an empty file.
                .Sum(file => File.ReadAllBytes(file) is { Length: sizeof(long) } bytes ? BitConverter.ToInt64(bytes) : 0);
        long unnoted = counted - holds.Length;
        long lost = sharing == VolumeSharing.Shared ? 0 : Math.Max(0, -unnoted);
        long extra = sharing == VolumeSharing.Shared ? 0 : Math.Max(0, unnoted - _kills.Values.Sum());
        TimeSpan? longest = null;
        if (sharing == VolumeSharing.Locked)
        {
            long[] entered = [.. holds.Select(hold => hold.Entered).Order()];
            foreach (long died in _deaths)
            {
                int next = Array.FindIndex(entered, time => time > died);
                TimeSpan wait = next < 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(died, entered[next]);
                longest = longest is null || wait > longest ? wait : longest;
            }
        }

        return new SoakRow(sharing, holds.Length, _kills[sharing], lost, extra, holds.Count(hold => hold.Second), longest);
    }

    private static string FileOfVolume(string counter)
    {
        string directory = Path.GetDirectoryName(counter)!;
        while (!File.Exists(Path.Combine(directory, "volume")))
        {
            directory = Path.GetDirectoryName(directory)!;
        }

        return Path.Combine(directory, "volume");
    }

    public void Dispose() => _folder.Dispose();
}

/// <summary>What came of it.</summary>
/// <param name="Rows">One for each kind of sharing.</param>
/// <param name="Errors">What the processes complained of.</param>
public sealed record SoakResult(IReadOnlyList<SoakRow> Rows, IReadOnlyList<string> Errors)
{
    /// <summary>Prints a table; what it returns is the exit code.</summary>
    public static async Task<int> ShowAsync(int seconds, int processes)
    {
        using var soak = new VolumeSoak();
        SoakResult result = await soak.RunAsync(processes, TimeSpan.FromSeconds(seconds), TimeSpan.FromMilliseconds(300));
        Console.WriteLine("| Sharing | Holds | Holders killed | Lost updates | Two at once | Longest wait behind a dead holder |");
        Console.WriteLine("| --- | --- | --- | --- | --- | --- |");
        foreach (SoakRow row in result.Rows)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {row.Sharing} | {row.Holds:N0} | {row.Kills} | {row.Lost + row.Extra} | {row.TwoAtOnce} | {(row.LongestWait is { } wait ? $"{wait.TotalMilliseconds:0} ms" : "nobody waits")} |"));
        }

        foreach (string error in result.Errors)
        {
            Console.WriteLine(error);
        }

        return result.Errors.Count == 0 && result.Rows.All(row => row.Lost + row.Extra + row.TwoAtOnce == 0) ? 0 : 1;
    }
}

/// <summary>What came of one kind of sharing.</summary>
/// <param name="Sharing">The kind.</param>
/// <param name="Holds">Holds that were finished.</param>
/// <param name="Kills">Holders that were killed.</param>
/// <param name="Lost">Updates that are missing from the counters.</param>
/// <param name="Extra">Updates that nobody made.</param>
/// <param name="TwoAtOnce">Holds that found another holder inside.</param>
/// <param name="LongestWait">The longest time between the death of a holder and the entry of the next.</param>
public sealed record SoakRow(VolumeSharing Sharing, int Holds, int Kills, long Lost, long Extra, int TwoAtOnce, TimeSpan? LongestWait);
