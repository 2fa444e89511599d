using System.Diagnostics;
using System.Globalization;

namespace BuildCache.Tests.Stores.Suite;

/// <summary>What takes too long for every test run: commands of the test program that print a table.</summary>
public static class SuiteCommands
{
    private const string Tour = "examples/quickstart/tour.proj";

    /// <summary>Every fault on every backend that has a server: <c>faults [tries]</c>.</summary>
    public static Task<int> FaultsAsync(int tries) => ForEachAsync(async (name, backend) =>
    {
        if (backend.Address is null)
        {
            return true;
        }

        bool isGood = true;
        Console.WriteLine($"\n### {name}\n\n| fault | calls harmed | tries | right | missed | refused | wrong results | lost entries |\n| --- | --: | --: | --: | --: | --: | --: | --: |");
        foreach ((string fault, _) in FaultRun.Faults)
        {
            FaultOutcome outcome = await FaultRun.RunAsync(backend, fault, tries);
            Console.WriteLine($"| {fault} | {outcome.Applied} | {outcome.Tries} | {outcome.Right} | {outcome.Missed} | {outcome.Refused} | {outcome.Wrong} | {outcome.Lost} |");
            isGood &= outcome is { Wrong: 0, Lost: 0 };
        }

        return isGood;
    });

    /// <summary>A pull request that tries to poison main, on every backend, with and without required signatures: <c>poison</c>.</summary>
    public static Task<int> PoisonAsync() => ForEachAsync(async (name, backend) =>
    {
        Console.WriteLine($"\n### {name}\n\n| the attacker's entry | main without signatures | main with signatures | and saves | then a reader with signatures |\n| --- | --- | --- | --- | --- |");
        using var run = new Signing.Poisoning(backend);
        List<Signing.PoisoningOutcome> seen = [];
        foreach (string attack in Signing.Poisoning.Attacks.Keys)
        {
            seen.Add(await run.RunAsync(attack));
        }

        seen.Add(await run.RunByRestoreKeyAsync());
        foreach (Signing.PoisoningOutcome outcome in seen)
        {
            Console.WriteLine($"| {outcome.Attack} | {outcome.WithoutSignatures} | {outcome.BeforeSave ?? "miss"} | {(outcome.Saved ? "saved" : "not saved")} | {outcome.AfterSave ?? "miss"} |");
        }

        return seen.TrueForAll(outcome => outcome is { Saved: true, BeforeSave: null or Signing.Poisoning.Genuine, AfterSave: Signing.Poisoning.Genuine });
    });

    /// <summary>The tour of the quickstart over every backend: <c>tour</c>.</summary>
    public static Task<int> TourAsync()
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, Tour)))
        {
            root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException($"There is no '{Tour}' above '{AppContext.BaseDirectory}'. Run the tests from their repository.");
        }

        return ForEachAsync(async (name, backend) =>
        {
            string store = Backends.SettingAt(name, backend.Location);
            Console.WriteLine($"\n### {name}: {store}\n");
            using Process build = Process.Start(new ProcessStartInfo("dotnet", ["build", Tour, "-nologo", "-tl:off", "-clp:NoSummary", $"-p:TourStore={store}"]) { WorkingDirectory = root })!;
            await build.WaitForExitAsync();
            return build.ExitCode == 0;
        });
    }

    /// <summary>Many processes on every backend: <c>soak [seconds] [processes] [store]</c>.</summary>
    /// <param name="seconds">How long each works.</param>
    /// <param name="processes">How many.</param>
    /// <param name="only">A part of the names of the stores; empty for all.</param>
    public static Task<int> SoakAsync(int seconds, int processes, string only)
    {
        Console.WriteLine($"{processes} processes, {seconds} s each\n\n| store | saves | hits | wrong bytes | lost entries | errors |\n| --- | --: | --: | --: | --: | --: |");
        return ForEachAsync(async (name, backend) =>
        {
            if (!name.Contains(only, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }

            SoakOutcome outcome = await SoakRun.RunAsync(name, backend.Location, processes, TimeSpan.FromSeconds(seconds));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {outcome.Saves:N0} | {outcome.Hits:N0} | {outcome.Wrong} | {outcome.Lost} | {outcome.Errors.Count} |"));
            outcome.Errors.Take(5).ToList().ForEach(Console.Error.WriteLine);
            return outcome is { Wrong: 0, Lost: 0, Errors.Count: 0 };
        });
    }

    private static async Task<int> ForEachAsync(Func<string, Backend, Task<bool>> run)
    {
        bool isGood = true;
        foreach ((string name, Func<Backend> make) in Backends.All)
        {
            await using Backend backend = make();
            if (backend.Unavailable is { } reason)
            {
                Console.WriteLine($"{name}: skipped, {reason}");
                continue;
            }

            await backend.InitializeAsync();
            isGood &= await run(name, backend);
        }

        return isGood ? 0 : 1;
    }
}
