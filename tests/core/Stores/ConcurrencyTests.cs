using System.Diagnostics;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Stores;

/// <summary>Any number of threads and processes share a folder store without a wrong byte and without an error.</summary>
public sealed class ConcurrencyTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Eight_threads_share_a_store(bool blobsVanish)
    {
        StoreHammer[] hammers = [.. Enumerable.Range(0, 8).Select(i => new StoreHammer(_folder.PathOf("store"), _folder.Folder($"scratch{i}"), i, blobsVanish))];

        await Task.WhenAll(hammers.Select(hammer => Task.Run(() => hammer.RunAsync(TimeSpan.FromSeconds(2)))));

        Assert.True(hammers.All(hammer => hammer.Errors.Count == 0), string.Join('\n', hammers.SelectMany(hammer => hammer.Errors)));
        Assert.True(hammers.Sum(hammer => hammer.Hits) > 0, "No hit, so nothing was looked at.");
        NothingIsLeftHalfWritten();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Four_processes_share_a_store(bool blobsVanish)
    {
        Process[] processes = [.. Enumerable.Range(0, 4).Select(i => Start(i, blobsVanish))];
        int hits = 0;
        foreach (Process process in processes)
        {
            string output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0, output + await process.StandardError.ReadToEndAsync());
            hits += int.Parse(output, System.Globalization.CultureInfo.InvariantCulture);
            process.Dispose();
        }

        Assert.True(hits > 0, "No hit, so nothing was looked at.");

        NothingIsLeftHalfWritten();
    }

    private Process Start(int seed, bool blobsVanish) =>
        TestProgram.Start("worker", _folder.PathOf("store"), _folder.Folder($"scratch{seed}"), $"{seed + 100}", "2", $"{blobsVanish}");

    private void NothingIsLeftHalfWritten() => Assert.Empty(Directory.GetFiles(_folder.PathOf("store/tmp")));

    public void Dispose() => _folder.Dispose();
}
