using System.Diagnostics;
using System.Globalization;
using BuildCache.Tests.Support;
using BuildCache.Volumes;

namespace BuildCache.Tests.Volumes;

/// <summary>One of the processes that share volumes until they are killed or done: this test program, started with <c>volume-worker</c>.</summary>
/// <remarks>
/// It writes what it does to files that outlive it: a state of one byte (what it holds at the moment), and a log with a line for every
/// hold that it finished.
/// </remarks>
public sealed class SoakWorker : IDisposable
{
    public const string CounterName = "counter";
    public const string InsideName = "inside";

    private readonly CacheVolumes _volumes;
    private readonly Random _random;
    private readonly FileStream _state;
    private readonly StreamWriter _log;

    private SoakWorker(string root, string own, int seed)
    {
        _volumes = new CacheVolumes(root);
        _random = new Random(seed);
        _state = new FileStream(Path.Combine(own, "state"), FileMode.Create, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        _log = new StreamWriter(new FileStream(Path.Combine(own, "log"), FileMode.Create, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0)) { AutoFlush = true };
    }

    /// <param name="arguments">The root of the volumes, a directory of its own, a seed, the seconds.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        using var worker = new SoakWorker(arguments[0], arguments[1], int.Parse(arguments[2], CultureInfo.InvariantCulture));
        var duration = TimeSpan.FromSeconds(double.Parse(arguments[3], CultureInfo.InvariantCulture));
        VolumeSharing[] kinds = Enum.GetValues<VolumeSharing>();
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < duration;)
        {
            await worker.HoldAsync(kinds[worker._random.Next(kinds.Length)]);
        }

        return 0;
    }

    /// <summary>Works as one of the processes that want a new volume: prints its path and how many files it has.</summary>
    public static int Get(string[] arguments)
    {
        CacheVolume volume = new CacheVolumes(arguments[0]).Get(new VolumeIdentity(Rig.Key("seeded"), source: "seed"), arguments[1]);
        Console.WriteLine($"{volume.Path} {volume.FileCount}");
        return 0;
    }

    /// <summary>Works as a process that has a locked volume mounted until it is killed.</summary>
    public static async Task<int> MountAsync(string root, string place)
    {
        var volumes = new CacheVolumes(root);
        await volumes.MountAsync(volumes.Get(new VolumeIdentity(Rig.Key("mounted"), VolumeSharing.Locked)), place);
        Console.WriteLine("mounted");
        await Task.Delay(TimeSpan.FromMinutes(1));
        return 0;
    }

    private async Task HoldAsync(VolumeSharing sharing)
    {
        CacheVolume volume = _volumes.Get(new VolumeIdentity(Rig.Key("soak"), sharing));
        using VolumeHold hold = await _volumes.HoldAsync([volume], TimeSpan.FromSeconds(30));
        long entered = Stopwatch.GetTimestamp();
        SetState((byte)sharing);
        string path = hold.Volumes[0].Path!;
        bool second = false;
        if (sharing == VolumeSharing.Shared)
        {
            await File.WriteAllTextAsync(Path.Combine(path, $"{Environment.ProcessId}"), "");
            Pause();
        }
        else
        {
            second = !TryEnter(Path.Combine(path, InsideName));
            Increment(Path.Combine(path, CounterName));
            File.Delete(Path.Combine(path, InsideName));
        }

        _log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(int)sharing} {entered} {(second ? 1 : 0)}"));
        SetState(0);
    }

    // Read, wait, write: with two at once one of them is lost. In place, because a file that is cut and then killed holds nothing.
    private void Increment(string counter)
    {
        using var file = new FileStream(counter, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        byte[] bytes = new byte[8];
        _ = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        long value = BitConverter.ToInt64(bytes);
        Pause();
        file.Position = 0;
        file.Write(BitConverter.GetBytes(value + 1));
    }

    private static bool TryEnter(string marker)
    {
        bool alone = !File.Exists(marker) || !IsAlive(File.ReadAllText(marker));
        File.WriteAllText(marker, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        return alone;
    }

    private static bool IsAlive(string process)
    {
        // One that was killed is listed for as long as nobody has waited for it, and for a moment as if it ran: the kernel has closed
        // its files by then, and marks it as about to exit.
        const ulong Exiting = 4;
        const int Flags = 6;
        try
        {
            return process.Length > 0 && File.ReadAllText($"/proc/{process}/stat") is var stat
                && (ulong.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[Flags], CultureInfo.InvariantCulture) & Exiting) == 0;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private void Pause()
    {
        if (_random.Next(4) == 0)
        {
            Thread.Sleep(_random.Next(4));
        }
        else
        {
            Thread.Yield();
        }
    }

    private void SetState(byte state)
    {
        _state.Position = 0;
        _state.WriteByte(state);
        _state.Flush();
    }

    public void Dispose()
    {
        _log.Dispose();
        _state.Dispose();
    }
}
