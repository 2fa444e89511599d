using System.Diagnostics;
using BuildCache.Commands;
using BuildCache.Tests.Support;

namespace BuildCache.Tests.Commands;

/// <summary>Command lines as they run: what they write, how they end, and what they leave behind.</summary>
public sealed class CommandProcessTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public CommandProcessTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "The commands are lines of sh.");

    [Fact]
    public async Task Lines_come_in_order_from_both_ends_as_text()
    {
        (List<RecordedItem> items, int exitCode) = await RunAsync(CommandLine.OfShell("echo 'a ü'; sleep 0.1; echo b >&2; sleep 0.1; printf 'c\\n\\nd'; exit 7"));
        Assert.Equal([new(CommandChannel.Output, "a ü"), new(CommandChannel.Error, "b"), new(CommandChannel.Output, "c"), new(CommandChannel.Output, ""), new(CommandChannel.Output, "d")], items);
        Assert.Equal(7, exitCode);
    }

    [Fact]
    public async Task Arguments_arrive_as_they_are_and_there_is_no_input()
    {
        string script = _folder.File("a tool.sh", "#!/bin/sh\nfor a in \"$@\"; do echo \"[$a]\"; done; cat; pwd\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        (List<RecordedItem> items, _) = await RunAsync(CommandLine.OfProgram("./a tool.sh", ["a b", "", "\"q\" $x *"], _folder.Root));
        Assert.Equal(["[a b]", "[]", "[\"q\" $x *]", _folder.Root], items.Select(item => item.Line));
    }

    [Fact]
    public async Task More_lines_than_wait_at_once_all_come()
    {
        using CommandProcess process = CommandProcess.Start(CommandLine.OfShell("seq 20000; seq 5 >&2"), _folder.Root, cancellationToken: TestContext.Current.CancellationToken);
        // The process has ended long before its reader comes.
        await Task.Delay(200, TestContext.Current.CancellationToken);
        List<RecordedItem> items = await process.ReadLinesAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(20000, items.Count(item => item.Channel == CommandChannel.Output));
        Assert.Equal(5, items.Count(item => item.Channel == CommandChannel.Error));
    }

    [Fact]
    public async Task What_it_leaves_in_the_background_is_not_waited_for()
    {
        long start = Stopwatch.GetTimestamp();
        (List<RecordedItem> items, int exitCode) = await RunAsync(CommandLine.OfShell("sleep 20 & echo done"));
        Assert.Equal("done", Assert.Single(items).Line);
        Assert.Equal(0, exitCode);
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Cancelling_kills_it_and_its_children()
    {
        using var cancel = new CancellationTokenSource();
        using CommandProcess process = CommandProcess.Start(CommandLine.OfShell("sh -c 'echo $$; sleep 30'; true"), _folder.Root, cancellationToken: cancel.Token);
        await using IAsyncEnumerator<RecordedItem> lines = process.ReadLinesAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await lines.MoveNextAsync());
        int child = int.Parse(lines.Current.Line!, System.Globalization.CultureInfo.InvariantCulture);
        await cancel.CancelAsync();
        Assert.False(await lines.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.False(IsRunning(child));
    }

    private async Task<(List<RecordedItem> Items, int ExitCode)> RunAsync(CommandLine line)
    {
        using CommandProcess process = CommandProcess.Start(line, _folder.Root, cancellationToken: TestContext.Current.CancellationToken);
        List<RecordedItem> items = await process.ReadLinesAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        return (items, process.ExitCode);
    }

    private static bool IsRunning(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            // Where nobody takes in the orphans, a dead one keeps its number.
            return !process.HasExited && !(OperatingSystem.IsLinux() && File.ReadAllText($"/proc/{id}/stat").Split(')')[^1].TrimStart().StartsWith('Z'));
        }
        catch (Exception error) when (error is ArgumentException or IOException)
        {
            return false;
        }
    }

    public void Dispose() => _folder.Dispose();
}
