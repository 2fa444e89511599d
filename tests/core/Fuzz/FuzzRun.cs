using System.Diagnostics;

namespace BuildCache.Tests.Fuzz;

/// <summary>An input that a decoder did not take well.</summary>
/// <param name="Input">The input.</param>
/// <param name="Why">What it did.</param>
public sealed record FuzzFinding(byte[] Input, string Why);

/// <summary>What became of many inputs.</summary>
/// <param name="Cases">How many there were.</param>
/// <param name="Time">How long they took.</param>
/// <param name="Findings">Those that were not taken well, each kind once.</param>
public sealed record FuzzRun(int Cases, TimeSpan Time, IReadOnlyList<FuzzFinding> Findings)
{
    private static readonly TimeSpan s_longestCase = TimeSpan.FromSeconds(1);

    /// <summary>Gives a decoder inputs until enough of them, or enough time, are through.</summary>
    /// <param name="target">The decoder.</param>
    /// <param name="seed">Equal seeds give equal inputs.</param>
    /// <param name="cases">The most inputs.</param>
    /// <param name="time">The most time.</param>
    public static FuzzRun Of(FuzzTarget target, int seed, int cases, TimeSpan time)
    {
        var mutator = new Mutator(seed, target.Seeds, target.TokenBytes);
        var findings = new Dictionary<string, FuzzFinding>(StringComparer.Ordinal);
        foreach (byte[] whole in target.Seeds)
        {
            Note(whole);
        }

        long started = Stopwatch.GetTimestamp();
        int done = 0;
        for (; done < cases && Stopwatch.GetElapsedTime(started) < time; done++)
        {
            Note(mutator.Next());
        }

        return new FuzzRun(done, Stopwatch.GetElapsedTime(started), [.. findings.Values]);

        void Note(byte[] input)
        {
            if (Try(target, input) is { } why)
            {
                findings.TryAdd(why.Split('\n')[0], new FuzzFinding(input, why));
            }
        }
    }

    /// <summary>Gives a decoder one input.</summary>
    /// <returns>What it did wrong, or <see langword="null"/>.</returns>
    public static string? Try(FuzzTarget target, byte[] input)
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        TimeSpan started = ThreadTime.Now;
        try
        {
            target.Decode(input);
        }
        catch (BuildCacheException)
        {
            // A clear error.
        }
        catch (Exception error)
        {
            string[] at = [.. (error.StackTrace ?? "").Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("at BuildCache.", StringComparison.Ordinal)).Take(3)];
            return $"{error.GetType().Name} {(at.Length > 0 ? at[0] : "")}\n{error.Message}\n{string.Join('\n', at)}";
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        TimeSpan took = ThreadTime.Now - started;
        return took > s_longestCase ? $"slow\n{took.TotalSeconds:0.0} s for {input.Length:N0} bytes"
            : allocated > target.BytesAnyway + ((long)target.BytesEach * input.Length) ? $"memory\n{allocated:N0} bytes for {input.Length:N0}"
            : null;
    }
}
