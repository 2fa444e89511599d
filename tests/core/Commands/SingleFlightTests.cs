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
    public async Task Who_waits_for_one_that_is_killed_runs_it_when_what_that_started_has_ended()
    {
        // All in one checkout, so that what goes on writing would get into what is saved.
        string root = _folder.Folder("w");
        string text = $"echo by $$ > out.txt; echo run >> '{Log}'; while test ! -e '{_folder.PathOf("go")}'; do sleep 0.05; done; echo end of $$ >> out.txt";
        using Process first = CommandWorker.Start(Store, root, text, "", "out.txt");
        await UntilAsync(() => Runs == 1);
        Process[] waiting = [.. Enumerable.Range(1, 2).Select(_ => CommandWorker.Start(Store, root, text, "", "out.txt"))];
        await Task.Delay(700, TestContext.Current.CancellationToken);
        // Without its children, as kill -9 does it.
        first.Kill();
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        Assert.Equal(1, Runs);

        _folder.File("go");
        await Task.WhenAll(waiting.Select(worker => CommandWorker.FinishAsync(worker)));
        Assert.Equal(2, Runs);
        string[] made = File.ReadAllLines(Path.Combine(root, "out.txt"));
        Assert.Equal(2, made.Length);
        Assert.Equal(made[0]["by ".Length..], made[1]["end of ".Length..]);
        Assert.Empty(Directory.GetFiles(Path.Combine(Store, "flights")));
    }

    [Fact]
    public async Task What_a_command_left_running_does_not_keep_the_next_one_from_running()
    {
        // It has the lock too, and lets go of it with the process that ran the command.
        string text = $"echo run >> '{Log}'; sleep 30 > /dev/null 2>&1 & exit 3";
        for (int i = 0; i < 2; i++)
        {
            using Process worker = CommandWorker.Start(Store, _folder.Folder("w"), text);
            await CommandWorker.FinishAsync(worker, exitCode: 3).WaitAsync(TimeSpan.FromSeconds(15), TestContext.Current.CancellationToken);
        }

        Assert.Equal(2, Runs);
    }

    [Fact]
    public async Task Who_waits_for_long_is_told_for_whom()
    {
        using var rig = new CommandRig();
        CommandRun first = await rig.Cache().BeginAsync(rig.Request(), TestContext.Current.CancellationToken);
        var told = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<CommandRun> second = rig.Cache().BeginAsync(rig.Request() with { Waiting = told.SetResult }, TestContext.Current.CancellationToken).AsTask();
        string text = await told.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Contains($"Waiting for 'test', which is run with equal inputs by process {Environment.ProcessId} since ", text, StringComparison.Ordinal);
        first.Dispose();
        (await second.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken)).Dispose();
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
    public async Task A_command_may_run_inside_of_another_and_not_inside_of_itself()
    {
        using var rig = new CommandRig();
        using CommandRun outer = await rig.Cache().BeginAsync(rig.Request(), TestContext.Current.CancellationToken);
        using CommandRun other = await rig.Cache().BeginAsync(rig.Request() with { Name = ["other"], Within = [outer.Flight!] }, TestContext.Current.CancellationToken);
        Assert.NotNull(other.Flight);
        await Fails.WithAsync(ErrorId.InvalidCommand, () => rig.Cache().BeginAsync(rig.Request() with { Within = [outer.Flight!] }, TestContext.Current.CancellationToken)
            .AsTask().WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));

        // A child process is told by its environment.
        CommandLine line = CommandLine.OfShell("printf %s \"$BUILDCACHE_INSIDE\"");
        using CommandProcess process = CommandProcess.Start(line, rig.Root, outer, cancellationToken: TestContext.Current.CancellationToken);
        Assert.EndsWith(outer.Flight!, (await process.ReadLinesAsync(TestContext.Current.CancellationToken).FirstAsync(TestContext.Current.CancellationToken)).Line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_a_command_starts_and_that_runs_the_same_is_told_so()
    {
        string again = string.Join(' ', CommandWorker.Self(["command-worker", Store, _folder.Folder("w"), "$0", ""]).Select(part => part == "$0" ? "\"$LINE\"" : $"'{part}'"));
        string text = $"echo outer; {again}";
        ProcessStartInfo start = CommandWorker.StartInfo(Store, _folder.Folder("w"), text, "");
        start.Environment["LINE"] = text;
        string output = await CommandWorker.FinishAsync(Process.Start(start)!, CommandWorker.Refused).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.StartsWith("outer\nThe command 'worker' runs inside of itself", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_a_command_left_running_may_run_the_same_later()
    {
        // Its environment names the run that it was started in, which is over.
        string flight;
        using var rig = new CommandRig();
        using (CommandRun over = await rig.Cache().BeginAsync(rig.Request(), TestContext.Current.CancellationToken))
        {
            flight = over.Flight!;
        }

        using CommandRun holder = await rig.Cache().BeginAsync(rig.Request() with { Name = ["other"] }, TestContext.Current.CancellationToken);
        string before = Environment.GetEnvironmentVariable("BUILDCACHE_INSIDE") ?? "";
        try
        {
            Environment.SetEnvironmentVariable("BUILDCACHE_INSIDE", $"1-{flight}");
            using CommandRun later = await rig.Cache().BeginAsync(rig.Request(), TestContext.Current.CancellationToken);
            Assert.Equal(flight, later.Flight);
        }
        finally
        {
            Environment.SetEnvironmentVariable("BUILDCACHE_INSIDE", before.Length > 0 ? before : null);
        }
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
