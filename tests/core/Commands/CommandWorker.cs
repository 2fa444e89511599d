using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Reflection;
using BuildCache.Commands;
using BuildCache.Configuration;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Resources;
using BuildCache.Stores;

namespace BuildCache.Tests.Commands;

/// <summary>One of several processes that run the same command at the same time: this test program, started with <c>command-worker</c>.</summary>
public static class CommandWorker
{
    /// <summary>The exit code of one whose command was refused.</summary>
    public const int Refused = 70;

    /// <summary>Runs a line of the shell, or replays it, and prints what it wrote.</summary>
    /// <param name="arguments">The store, the workspace, the line, its resources, and the outputs.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        try
        {
            return await UseAsync(arguments);
        }
        catch (BuildCacheException error)
        {
            Console.Error.WriteLine(error.Message);
            return Refused;
        }
    }

    private static async Task<int> UseAsync(string[] arguments)
    {
        (string store, string root, string text) = (arguments[0], arguments[1], arguments[2]);
        await using CacheStore opened = CacheStore.Open(store);
        var cache = new CommandCache(new EntryCatalog(opened), CacheMode.ReadWrite);
        CommandLine line = CommandLine.OfShell(text);
        var inputs = new CommandInputs { Others = [.. arguments[3].Split(';', StringSplitOptions.RemoveEmptyEntries).Select(resource => ResourceOf(resource).ToInput())] };
        var request = new CommandRequest(root, ["worker"], [CommandRig.Project], line.AddTo(inputs, root, root), arguments[4..], "test");
        using CommandRun run = await cache.BeginAsync(request);
        CommandRecording? recording = run.Recording;
        if (recording is null)
        {
            var recorder = new CommandRecorder();
            using CommandProcess process = CommandProcess.Start(line, root, run);
            await foreach (RecordedItem item in process.ReadLinesAsync())
            {
                recorder.Add(item);
            }

            recording = recorder.Finish(process.ExitCode, process.IsComplete)!;
            await run.CompleteAsync(recording, process.ExitCode == 0, TimeSpan.FromSeconds(1));
        }

        foreach (RecordedItem item in recording.Items)
        {
            Console.WriteLine(item.Line);
        }

        foreach (BuildCacheException problem in run.TakeProblems())
        {
            Console.Error.WriteLine(problem.Message);
        }

        return recording.ExitCode!.Value;
    }

    /// <summary>Runs a line of the shell and prints how long the longest line was that it wrote, whether all of it would be kept, and the most memory that this took, in KiB.</summary>
    public static async Task<int> MeasureAsync(string text)
    {
        var recorder = new CommandRecorder();
        int longest = 0;
        using CommandProcess process = CommandProcess.Start(CommandLine.OfShell(text), Environment.CurrentDirectory);
        await foreach (RecordedItem item in process.ReadLinesAsync())
        {
            recorder.Add(item);
            longest = Math.Max(longest, item.Line!.Length);
        }

        string peak = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        Console.WriteLine($"{longest} {recorder.Finish(process.ExitCode, process.IsComplete) is not null} {process.IsComplete} {peak.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2]}");
        return process.ExitCode;
    }

    /// <summary>Prints what a socket says: what a command does with one.</summary>
    public static async Task<int> AskAsync(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        using var reader = new StreamReader(new NetworkStream(socket));
        Console.WriteLine(await reader.ReadToEndAsync());
        return 0;
    }

    /// <summary>A line of the shell that prints what a socket says.</summary>
    public static string LineToAsk(string path) => string.Join(' ', Self(["command-ask", path]).Select(part => $"'{part}'"));

    /// <summary>Starts one.</summary>
    /// <param name="resources">Its resources with <c>;</c> between them: <c>socket=path</c>, <c>socket=path=stable name</c>, <c>agent</c> or <c>secret=variable</c>.</param>
    public static Process Start(string store, string root, string text, string resources = "", params string[] outputs) =>
        Process.Start(StartInfo(store, root, text, resources, outputs))!;

    /// <inheritdoc cref="Start"/>
    public static ProcessStartInfo StartInfo(string store, string root, string text, string resources, params string[] outputs) =>
        InfoOf(Self(["command-worker", store, root, text, resources, .. outputs]));

    /// <summary>Starts one in a mount namespace of its own, with one directory in the place of another.</summary>
    public static Process StartWithMount(string source, string target, string store, string root, string text, string resources) =>
        Process.Start(InfoOf(["unshare", "--map-root-user", "--mount", "sh", "-c", "mount --bind \"$1\" \"$2\" && shift 2 && exec \"$@\"", "sh", source, target, .. Self(["command-worker", store, root, text, resources])]))!;

    private static ResourceId ResourceOf(string text) => text.Split('=') switch
    {
        ["socket", var path, .. var name] => SocketResource.Identify(path, name.FirstOrDefault()),
        ["secret", var variable] => SecretResource.IdentifyVariable(variable),
        _ => SshAgentResource.IdentifyAsync().AsTask().GetAwaiter().GetResult(),
    };

    private static ProcessStartInfo InfoOf(string[] command) => new(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };

    /// <summary>What starts this program with some arguments.</summary>
    public static string[] Self(string[] arguments)
    {
        string program = Assembly.GetExecutingAssembly().Location;
        // Where the test runner is not this program, its runtime is the one that runs it.
        bool isThis = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == Path.GetFileNameWithoutExtension(program);
        return isThis ? [Environment.ProcessPath!, .. arguments] : ["dotnet", program, .. arguments];
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
