using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using BuildCache.Commands;
using BuildCache.Configuration;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Stores;

namespace BuildCache.Tests.Commands;

/// <summary>One of several processes that run the same command at the same time: this test program, started with <c>command-worker</c>.</summary>
public static class CommandWorker
{
    /// <summary>Runs a line of the shell, or replays it, and prints what it wrote.</summary>
    /// <param name="arguments">The store, the workspace, the line, an input of its own, and the outputs.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        (string store, string root, string text, string value) = (arguments[0], arguments[1], arguments[2], arguments[3]);
        await using CacheStore opened = CacheStore.Open(store);
        var cache = new CommandCache(new EntryCatalog(opened), CacheMode.ReadWrite);
        CommandLine line = CommandLine.OfShell(text);
        var inputs = new CommandInputs { Others = [new FingerprintInput("value", "own", FingerprintBuilder.OfValue(value))] };
        var request = new CommandRequest(root, ["worker"], [CommandRig.Project], line.AddTo(inputs, root, root), arguments[4..], "test");
        using CommandRun run = await cache.BeginAsync(request);
        CommandRecording? recording = run.Recording;
        if (recording is null)
        {
            var recorder = new CommandRecorder();
            using CommandProcess process = CommandProcess.Start(line, root, run);
            await foreach (RecordedItem item in process.Lines.ReadAllAsync())
            {
                recorder.Add(item);
            }

            recording = recorder.Finish(process.ExitCode)!;
            await run.CompleteAsync(recording, process.ExitCode == 0, TimeSpan.FromSeconds(1));
        }

        foreach (RecordedItem item in recording.Items)
        {
            Console.WriteLine(item.Data);
        }

        foreach (BuildCacheException problem in run.TakeProblems())
        {
            Console.Error.WriteLine(problem.Message);
        }

        return recording.ExitCode!.Value;
    }

    /// <summary>Starts one.</summary>
    public static Process Start(string store, string root, string text, string value = "", params string[] outputs)
    {
        string program = Assembly.GetExecutingAssembly().Location;
        // Where the test runner is not this program, its runtime is the one that runs it.
        bool isThis = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == Path.GetFileNameWithoutExtension(program);
        var start = new ProcessStartInfo(isThis ? Environment.ProcessPath! : "dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[.. isThis ? (string[])[] : [program], "command-worker", store, root, text, value, .. outputs])
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    /// <summary>Waits for one, and gives what it printed.</summary>
    public static async Task<string> FinishAsync(Process process, int exitCode = 0)
    {
        string output = await process.StandardOutput.ReadToEndAsync();
        string errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == exitCode && errors.Length == 0, $"{process.ExitCode.ToString(CultureInfo.InvariantCulture)}: {output}{errors}");
        return output;
    }
}
