using System.Runtime.CompilerServices;

namespace BuildCache.Tests.Fuzz;

/// <summary>Every decoder takes whatever somebody may have written: it decodes, or says with an error of ours that it does not. In bounded memory and linear time.</summary>
public sealed class FuzzTests
{
    private const int Seed = 1;
    private const int Cases = 2000;
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(2);

    public static TheoryData<string> Names => [.. FuzzTargets.All.Select(target => target.Name)];

    public static TheoryData<string> WithLarge => [.. FuzzTargets.All.Where(target => target.Large.Count > 0).Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void No_input_is_more_than_a_clear_error(string name)
    {
        FuzzRun run = FuzzRun.Of(FuzzTargets.Get(name), Seed, Cases, s_time);

        Assert.True(run.Findings.Count == 0, $"seed {Seed}: " + string.Join("\n", run.Findings.Select(finding => $"{finding.Why}\n{Convert.ToHexString(finding.Input.AsSpan(0, Math.Min(finding.Input.Length, 500)))}")));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_whole_input_is_taken(string name)
    {
        FuzzTarget target = FuzzTargets.Get(name);
        Assert.All(target.Seeds, target.Decode);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_was_found_once_is_taken_now(string name)
    {
        FuzzTarget target = FuzzTargets.Get(name);
        Assert.All(CorpusOf(name), file => Assert.Null(FuzzRun.Try(target, File.ReadAllBytes(file))));
    }

    [Theory]
    [MemberData(nameof(WithLarge))]
    public void Time_grows_with_the_input_and_not_with_its_square(string name)
    {
        const int Small = 32 * 1024, Times = 8;
        FuzzTarget target = FuzzTargets.Get(name);
        foreach (Func<int, byte[]> make in target.Large)
        {
            (byte[] small, byte[] large) = (make(Small), make(Small * Times));
            FuzzRun.Try(target, small);
            TimeSpan ofSmall = Fastest(target, small);
            TimeSpan ofLarge = Fastest(target, large);
            // The square would be 64 times as long. What takes no time at all cannot be compared.
            Assert.True(ofLarge < TimeSpan.FromMilliseconds(100) || ofLarge < 5 * Times * ofSmall, $"{ofSmall.TotalMilliseconds:0.0} ms for {small.Length:N0} bytes and {ofLarge.TotalMilliseconds:0.0} ms for {large.Length:N0}.");
        }
    }

    /// <summary>What was found in a decoder.</summary>
    internal static IReadOnlyList<string> CorpusOf(string name) => Directory.Exists(FolderOf(name)) ? [.. Directory.EnumerateFiles(FolderOf(name)).Order(StringComparer.Ordinal)] : [];

    /// <summary>Where it is kept.</summary>
    internal static string FolderOf(string name, [CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "Corpus", name);

    private static TimeSpan Fastest(FuzzTarget target, byte[] input)
    {
        TimeSpan fastest = TimeSpan.MaxValue;
        for (int i = 0; i < 3; i++)
        {
            TimeSpan started = ThreadTime.Now;
            string? why = FuzzRun.Try(target, input);
            Assert.True(why is null || why.StartsWith("slow", StringComparison.Ordinal), why);
            fastest = ThreadTime.Now - started is var time && time < fastest ? time : fastest;
        }

        return fastest;
    }
}
