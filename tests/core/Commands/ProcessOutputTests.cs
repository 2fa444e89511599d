using System.Diagnostics;
using System.Globalization;
using BuildCache.Commands;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Commands;

/// <summary>What a command writes is read whole, or known not to be; the wait for it and the memory for it are bounded.</summary>
public sealed class ProcessOutputTests : IDisposable
{
    private readonly CommandRig _rig = new();

    public ProcessOutputTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "The commands are lines of sh.");

    [Fact]
    public async Task A_run_that_left_something_running_is_not_saved_and_says_so()
    {
        CommandLine line = CommandLine.OfShell("echo first; printf 'result: 42'; sleep 30 & echo x > out");
        CommandRequest request = _rig.Request(line.AddTo(new CommandInputs(), _rig.Root, _rig.Root), "out");
        for (int i = 0; i < 2; i++)
        {
            using CommandRun run = await _rig.Cache().BeginAsync(request, TestContext.Current.CancellationToken);
            Assert.Null(run.Recording);
            var recorder = new CommandRecorder();
            using CommandProcess process = CommandProcess.Start(line, _rig.Root, run, cancellationToken: TestContext.Current.CancellationToken);
            List<string> lines = [];
            await foreach (RecordedItem item in process.ReadLinesAsync(TestContext.Current.CancellationToken))
            {
                recorder.Add(item);
                lines.Add(item.Line!);
            }

            Assert.False(process.IsComplete);
            Assert.Equal(["first", "result: 42"], lines);
            await run.CompleteAsync(recorder.Finish(process.ExitCode, process.IsComplete), process.ExitCode == 0, TimeSpan.Zero, TestContext.Current.CancellationToken);
            Assert.Equal(ErrorId.OutputIncomplete, Assert.Single(run.TakeProblems()).Id);
        }
    }

    [Fact]
    public async Task All_that_is_written_before_the_end_makes_it_complete()
    {
        // What it left running writes for less time than it may.
        (List<RecordedItem> items, bool isComplete, _) = await RunAsync("echo one; (sleep 1; echo two) & echo three");
        Assert.True(isComplete);
        Assert.Equal(["one", "three", "two"], items.Select(item => item.Line));
    }

    [Theory]
    [InlineData("timeout 60 sh -c 'while echo tick; do sleep 0.5; done' & echo done")]
    [InlineData("timeout 60 yes & echo done")]
    public async Task Something_left_running_that_writes_on_ends_the_wait_after_a_while(string text)
    {
        (List<RecordedItem> items, bool isComplete, TimeSpan took) = await RunAsync(text);
        Assert.False(isComplete);
        Assert.Contains(items, item => item.Line == "done");
        Assert.True(took < TimeSpan.FromSeconds(25), $"It took {took}.");
    }

    [Fact]
    public async Task A_line_of_256_MiB_takes_little_memory_and_is_not_kept()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The memory is read as Linux tells it.");
        string[] self = CommandWorker.Self(["command-measure", $"head -c {256 * 1024 * 1024} /dev/zero | tr '\\0' x; echo; echo end"]);
        (int exitCode, string output, string errors) = await Task.Run(() => Tool.Run(self[0], self[1..])!.Value);
        Assert.True(exitCode == 0, output + errors);
        string[] parts = output.Split(' ');
        Assert.Equal([ProcessOutput.LongestLine.ToString(CultureInfo.InvariantCulture), "False", "True"], parts[..3]);
        Assert.InRange(int.Parse(parts[3], CultureInfo.InvariantCulture), 1, 128 * 1024);
    }

    [Fact]
    public async Task An_end_that_cannot_be_read_ends_the_process_with_an_error()
    {
        var exited = new TaskCompletionSource();
        var output = new ProcessOutput(new StringReader("fine\n"), new BrokenReader(), exited.Task, kill: exited.SetResult);
        List<RecordedItem> items = await output.ReadLinesAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken)
            .AsTask().WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.All(items, item => Assert.Equal("fine", item.Line));
        Assert.True(exited.Task.IsCompleted);
        Assert.False(output.IsComplete);
        Assert.Equal(ErrorId.OutputUnreadable, output.Failure?.Id);
    }

    private async Task<(List<RecordedItem> Items, bool IsComplete, TimeSpan Took)> RunAsync(string text)
    {
        long start = Stopwatch.GetTimestamp();
        using CommandProcess process = CommandProcess.Start(CommandLine.OfShell(text), _rig.Root, cancellationToken: TestContext.Current.CancellationToken);
        List<RecordedItem> items = await process.ReadLinesAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        return (items, process.IsComplete, Stopwatch.GetElapsedTime(start));
    }

    /// <summary>A pipe that fails, as one does when there is no memory for what it holds.</summary>
    private sealed class BrokenReader : TextReader
    {
        public override ValueTask<int> ReadAsync(Memory<char> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromException<int>(new InsufficientMemoryException());
    }

    public void Dispose() => _rig.Dispose();
}
