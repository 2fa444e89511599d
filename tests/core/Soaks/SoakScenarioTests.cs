using BuildCache.Tests.Support;

namespace BuildCache.Tests.Soaks;

/// <summary>The soaks themselves: undisturbed they find nothing, and what is planted they find.</summary>
public sealed class SoakScenarioTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public static TheoryData<string> Names => [.. SoakScenario.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Undisturbed_nothing_is_lost_wrong_or_left_behind(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The trees of the soaks have modes and links.");
        SoakScenario scenario = SoakScenario.All[name](_folder.Root);
        await scenario.PrepareAsync();
        for (int turn = 1; turn < 5; turn++)
        {
            await scenario.DoAsync(turn);
        }

        Assert.Empty((await scenario.CheckAsync()).All);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_file_that_belongs_to_nothing_is_found(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The trees of the soaks have modes and links.");
        SoakScenario scenario = SoakScenario.All[name](_folder.Root);
        await scenario.PrepareAsync();
        _folder.File("work/.left", "left");

        Assert.Equal(["left behind: work/.left"], (await scenario.CheckAsync()).All);
        Assert.Empty((await scenario.CheckAsync()).All);
    }

    [Theory]
    [InlineData("restore", "work/tree")]
    [InlineData("mount", "work/tool")]
    public async Task A_tree_that_is_gone_or_mixed_is_found(string name, string tree)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The trees of the soaks have modes and links.");
        SoakScenario scenario = SoakScenario.All[name](_folder.Root);
        await scenario.PrepareAsync();
        SampleTree.Write(_folder.PathOf("other"), 7);
        File.Copy(_folder.PathOf("other/b"), _folder.PathOf($"{tree}/b"), overwrite: true);
        Directory.Delete(_folder.PathOf("other"), recursive: true);
        Assert.Contains((await scenario.CheckAsync()).All, finding => finding.StartsWith("wrong", StringComparison.Ordinal));

        Directory.Delete(_folder.PathOf(tree), recursive: true);
        Assert.Contains((await scenario.CheckAsync()).All, finding => finding.StartsWith("lost", StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();
}
