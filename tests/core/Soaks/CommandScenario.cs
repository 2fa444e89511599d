using BuildCache.Commands;
using BuildCache.Configuration;
using BuildCache.Entries;
using BuildCache.Tests.Commands;

namespace BuildCache.Tests.Soaks;

/// <summary>Runs and replays a command that makes a directory and files that a glob matches.</summary>
internal sealed class CommandScenario(string root) : SoakScenario(root)
{
    private const string Script = "mkdir -p gen/deep && cat input > gen/a && cat input input > gen/deep/b && cat input > one.out && cat input > two.out && echo \"made $(cat input)\"";

    protected override async Task BeginAsync(EntryCatalog catalog)
    {
        await File.WriteAllTextAsync(Path.Combine(Work, "precious"), "of the user");
        await RunAsync(catalog, "0");
    }

    // Three of four are hits, once all have run.
    protected override async Task StepAsync(EntryCatalog catalog, int turn) => await RunAsync(catalog, InputOf(turn));

    protected override async Task CheckAsync(EntryCatalog catalog, SoakFindings findings)
    {
        // What a killed process has started ends by itself.
        await Task.Delay(50);
        foreach (string input in Turns("begin").Select(InputOf).Append("next").Distinct())
        {
            string printed = await RunAsync(catalog, input);
            if (printed != $"made {input}")
            {
                findings.Wrong.Add($"the command with the input '{input}' prints '{printed}'");
            }

            foreach ((string name, string content) in (IEnumerable<(string, string)>)[("gen/a", input), ("gen/deep/b", input + input), ("one.out", input), ("two.out", input), ("precious", "of the user")])
            {
                string path = Path.Combine(Work, name);
                if (!File.Exists(path))
                {
                    findings.Lost.Add($"'{path}'");
                }
                else if (await File.ReadAllTextAsync(path) is var found && found != content)
                {
                    findings.Wrong.Add($"'{path}' holds '{found}' and not '{content}'");
                }
            }
        }
    }

    private static string InputOf(int turn) => turn % 4 == 3 ? $"new {turn}" : $"{turn % 4}";

    private async Task<string> RunAsync(EntryCatalog catalog, string input)
    {
        Insist(() => File.WriteAllText(Path.Combine(Work, "input"), input));
        CommandLine line = CommandLine.OfShell(Script);
        CommandInputs inputs = line.AddTo(new CommandInputs { Files = [Path.Combine(Work, "input")] }, Work, Work);
        using CommandRun run = await new CommandCache(catalog, CacheMode.ReadWrite).BeginAsync(
            new CommandRequest(Work, ["soak"], [CommandRig.Project], inputs, ["gen", "*.out"], "test"));
        CommandRecording? recording = run.Recording;
        if (recording is null)
        {
            var recorder = new CommandRecorder();
            using CommandProcess process = CommandProcess.Start(line, Work, run);
            await foreach (RecordedItem item in process.ReadLinesAsync())
            {
                recorder.Add(item);
            }

            recording = recorder.Finish(process.ExitCode)!;
            await run.CompleteAsync(recording, process.ExitCode == 0, TimeSpan.FromSeconds(1));
        }

        return string.Join('\n', recording.Items.Select(item => item.Line));
    }
}
