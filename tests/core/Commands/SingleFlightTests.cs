using System.Diagnostics;
using BuildCache.Commands;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Commands;

/// <summary>Equal commands that start at the same time run once, in whatever processes, and nobody waits on the dead.</summary>
public sealed class SingleFlightTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public SingleFlightTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "The commands are lines of sh.");

    private string Store => _folder.PathOf("store");

    private string Log => _folder.PathOf("log");

    private int Runs => File.Exists(Log) ? File.ReadAllLines(Log).Length : 0;

    [Fact]
    public async Task Eight_processes_in_eight_checkouts_run_it_once()
    {
        string text = $"echo run >> '{Log}'; sleep 1; echo printed $$; echo made > out.txt";
        Process[] workers = [.. Enumerable.Range(0, 8).Select(i => CommandWorker.Start(Store, _folder.Folder($"w{i}"), text, "", "out.txt"))];
        string[] outputs = await Task.WhenAll(workers.Select(worker => CommandWorker.FinishAsync(worker)));

        Assert.Equal(1, Runs);
        Assert.StartsWith("printed ", Assert.Single(outputs.Distinct()), StringComparison.Ordinal);
        Assert.All(Enumerable.Range(0, 8), i => Assert.Equal("made\n", File.ReadAllText(_folder.PathOf($"w{i}/out.txt"))));
        Assert.Empty(Directory.GetFiles(Path.Combine(Store, "flights")));
    }

    [Fact]
    public async Task Who_waits_for_one_that_is_killed_runs_it_at_once()
    {
        string text = $"echo run >> '{Log}'; test -e '{_folder.PathOf("quick")}' || sleep 30; echo printed";
        using Process first = CommandWorker.Start(Store, _folder.Folder("w0"), text);
        await UntilAsync(() => Runs == 1);
        _folder.File("quick");
        Process[] waiting = [.. Enumerable.Range(1, 2).Select(i => CommandWorker.Start(Store, _folder.Folder($"w{i}"), text))];
        await Task.Delay(700, TestContext.Current.CancellationToken);
        Assert.Equal(1, Runs);

        // Without its children, as kill -9 does it.
        long killed = Stopwatch.GetTimestamp();
        first.Kill();

        string[] outputs = await Task.WhenAll(waiting.Select(worker => CommandWorker.FinishAsync(worker)));
        Assert.True(Stopwatch.GetElapsedTime(killed) < TimeSpan.FromSeconds(5));
        Assert.All(outputs, output => Assert.Equal("printed\n", output));
        Assert.Equal(2, Runs);
    }

    [Fact]
    public async Task Those_that_wait_for_a_failure_run_one_after_another()
    {
        string inside = _folder.PathOf("inside");
        string text = $"mkdir '{inside}' || exit 9; echo run >> '{Log}'; sleep 0.3; rmdir '{inside}'; exit 3";
        Process[] workers = [.. Enumerable.Range(0, 3).Select(i => CommandWorker.Start(Store, _folder.Folder($"w{i}"), text))];
        await Task.WhenAll(workers.Select(worker => CommandWorker.FinishAsync(worker, exitCode: 3)));
        Assert.Equal(3, Runs);
    }

    [Fact]
    public async Task Waiting_can_be_cancelled_and_leaves_the_runner_alone()
    {
        using var rig = new CommandRig();
        using CommandRun first = await rig.Cache().BeginAsync(rig.Request(), TestContext.Current.CancellationToken);
        using var cancel = new CancellationTokenSource(200);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => rig.Cache().BeginAsync(rig.Request(), cancel.Token).AsTask());

        Task<CommandRun> third = rig.Cache().BeginAsync(rig.Request(), TestContext.Current.CancellationToken).AsTask();
        await first.CompleteAsync(new CommandRecording([], 0), succeeded: true, TimeSpan.Zero, TestContext.Current.CancellationToken);
        first.Dispose();
        using CommandRun waited = await third.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.NotNull(waited.Recording);
    }

    [Fact]
    public async Task A_command_inside_of_another_or_of_itself_does_not_wait_for_ever()
    {
        using var rig = new CommandRig();
        using CommandRun outer = await rig.Cache().BeginAsync(rig.Request(), TestContext.Current.CancellationToken);
        using CommandRun other = await rig.Cache().BeginAsync(rig.Request() with { Name = ["other"] }, TestContext.Current.CancellationToken);
        using CommandRun itself = await rig.Cache().BeginAsync(rig.Request() with { Within = [outer.Flight!] }, TestContext.Current.CancellationToken)
            .AsTask().WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.Null(itself.Recording);

        // A child process is told by its environment.
        CommandLine line = CommandLine.OfShell("printf %s \"$BUILDCACHE_FLIGHTS\"");
        using CommandProcess process = CommandProcess.Start(line, rig.Root, outer, cancellationToken: TestContext.Current.CancellationToken);
        Assert.EndsWith(outer.Flight!, (await process.ReadLinesAsync(TestContext.Current.CancellationToken).FirstAsync(TestContext.Current.CancellationToken)).Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_a_command_starts_and_that_runs_the_same_does_not_wait_for_it()
    {
        // The second time it finds the mark of the first, and is done.
        string again = string.Join(' ', CommandWorker.Self(["command-worker", Store, _folder.Folder("w"), "$0", ""]).Select(part => part == "$0" ? "\"$LINE\"" : $"'{part}'"));
        string text = $"mkdir '{_folder.PathOf("mark")}' 2>/dev/null || exit 0; echo outer; {again}";
        ProcessStartInfo start = CommandWorker.StartInfo(Store, _folder.Folder("w"), text, "");
        start.Environment["LINE"] = text;
        Assert.Equal("outer\n", await CommandWorker.FinishAsync(Process.Start(start)!).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    public void Dispose() => _folder.Dispose();
}
