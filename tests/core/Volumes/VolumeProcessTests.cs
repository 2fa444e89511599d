using System.Diagnostics;
using BuildCache.Tests.Support;
using BuildCache.Volumes;

namespace BuildCache.Tests.Volumes;

/// <summary>Real processes share volumes, and some of them are killed.</summary>
public sealed class VolumeProcessTests
{
    [Fact]
    public async Task Sixteen_processes_lose_nothing_and_are_never_two_though_holders_are_killed()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("Whether a process lives is read from /proc.");
        }

        // Where everything starts at once, sixteen processes may take all of that time to begin; then nobody was killed while holding.
        for (int attempt = 0, kills = 0; kills == 0; attempt++)
        {
            Assert.True(attempt < 8, "Nobody was killed while holding.");
            using var soak = new VolumeSoak();
            SoakResult result = await soak.RunAsync(16, TimeSpan.FromSeconds(4), TimeSpan.FromMilliseconds(250));

            Assert.Empty(result.Errors);
            Assert.All(result.Rows, row => Assert.Equal((0, 0, 0), (row.Lost, row.Extra, row.TwoAtOnce)));
            Assert.InRange(result.Rows.Max(row => row.LongestWait) ?? TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromSeconds(1));
            kills = result.Rows.All(row => row.Holds > 0) ? result.Rows.Single(row => row.Sharing == VolumeSharing.Locked).Kills : 0;
        }
    }

    [Fact]
    public async Task Of_eight_processes_that_want_a_new_volume_one_seeds_it_and_all_have_it()
    {
        using var rig = new VolumeRig();
        for (int i = 0; i < 50; i++)
        {
            rig.Folder.File($"seed/{i}", $"{i}");
        }

        Process[] processes = [.. Enumerable.Range(0, 8).Select(_ => TestProgram.Start("volume-get", rig.Volumes.Root, rig.Folder.PathOf("seed")))];
        List<string> answers = [];
        foreach (Process process in processes)
        {
            answers.Add(await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken) + await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
            process.Dispose();
        }

        CacheVolume volume = Assert.Single(rig.Volumes.List());
        Assert.All(answers, answer => Assert.Equal($"{volume.Path} 50", answer.Trim()));
        Assert.Empty(rig.Temporaries());
    }
}
