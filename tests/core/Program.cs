using System.Globalization;
using BuildCache.Tests.Commands;
using BuildCache.Tests.Entries;
using BuildCache.Tests.Files;
using BuildCache.Tests.Fuzz;
using BuildCache.Tests.Resources;
using BuildCache.Tests.Soaks;
using BuildCache.Tests.Sources.Assets.Matrix;
using BuildCache.Tests.Sources.Git;
using BuildCache.Tests.Stores;
using BuildCache.Tests.Stores.Suite;
using BuildCache.Tests.Support;
using BuildCache.Tests.Volumes;

// The test program. With the argument 'worker' or 'volume-worker' it is one of several processes that share something; with 'session',
// 'socket', 'secret' and 'command-worker' it is a process that others are compared with; with 'mapping' and 'scenario' it works until it
// is killed; 'soak', 'volumes', 'faults', 'kills', 'injections', 'fuzz', 'sources', 'poison' and 'tour' are what takes too long for every run.
if (args is ["worker", .. string[] rest])
{
    return await WorkerProcess.RunAsync(rest);
}

switch (args)
{
    case ["command-worker", .. string[] command]:
        return await CommandWorker.RunAsync(command);
    case ["command-measure", string line]:
        return await CommandWorker.MeasureAsync(line);
    case ["command-ask", string socket]:
        return await CommandWorker.AskAsync(socket);
    case ["soak-worker", .. string[] work]:
        return await SoakRun.WorkAsync(work);
    case ["soak", .. string[] numbers]:
        return await SuiteCommands.SoakAsync(NumberAt(numbers, 0, 60), NumberAt(numbers, 1, 16), numbers.ElementAtOrDefault(2) ?? "");
    case ["remove", var path]:
        return DirectoryRemovalTests.Work(path);
    case ["stage", var path]:
        return StagingTests.Work(path);
    case ["restore-worker", var store, var destination]:
        return await KilledRestoreTests.WorkAsync(store, destination);
    case ["save", var store]:
        return await SharedFolderTests.WorkAsync(store);
    case ["track", string url]:
        return await GitProgramTests.TrackAsync(url);
    case ["fetch", string url, string commit, string directory]:
        return await GitProgramTests.FetchAsync(url, commit, directory);
    case ["session"]:
        Console.WriteLine(BuildCache.Configuration.Session.Name);
        return 0;
    case ["socket", string path]:
        return SocketResourceTests.Serve(path);
    case ["secret", string variable]:
        Console.WriteLine(BuildCache.Resources.SecretResource.IdentifyVariable(variable));
        return 0;
    case ["volume-worker", .. string[] work]:
        return await SoakWorker.RunAsync(work);
    case ["volume-get", .. string[] work]:
        return SoakWorker.Get(work);
    case ["volume-mount", var root, var place]:
        return await SoakWorker.MountAsync(root, place);
    case ["mapping", string path]:
        return MappingProcess.Run(path);
    case ["volumes", .. string[] numbers]:
        return await SoakResult.ShowAsync(NumberAt(numbers, 0, 60), NumberAt(numbers, 1, 16));
    case ["scenario", string name, string root, string turn, string how]:
        return await ScenarioProcess.RunAsync(name, root, int.Parse(turn, CultureInfo.InvariantCulture), how == "forever");
    case ["kills", .. string[] numbers]:
        return await KillSoak.ShowAsync(NumberAt(numbers, 0, 1000), NumberAt(numbers, 1, 600), numbers.ElementAtOrDefault(2) ?? "");
    case ["injections", .. string[] numbers]:
        return await InjectionSoak.ShowAsync(NumberAt(numbers, 0, 300), NumberAt(numbers, 1, 600), numbers.ElementAtOrDefault(2) ?? "");
    case ["fuzz", .. string[] numbers]:
        return FuzzCommand.Show(NumberAt(numbers, 0, 10), numbers.ElementAtOrDefault(1) ?? "");
    case ["tour"]:
        return await SuiteCommands.TourAsync();
    case ["sources"]:
        return await SourceCommands.MatrixAsync();
    case ["poison"]:
        return await SuiteCommands.PoisonAsync();
    case ["faults", .. string[] numbers]:
        return await SuiteCommands.FaultsAsync(NumberAt(numbers, 0, 10));
}

return args.Any(argument => argument is "--server" or "--internal-msbuild-node")
    ? await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, BuildCache.Tests.SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);

static int NumberAt(string[] numbers, int index, int otherwise) =>
    index < numbers.Length ? int.Parse(numbers[index], CultureInfo.InvariantCulture) : otherwise;
