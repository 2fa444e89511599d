using System.Globalization;
using BuildCache.Tests.Commands;
using BuildCache.Tests.Resources;
using BuildCache.Tests.Sources.Assets.Matrix;
using BuildCache.Tests.Stores;
using BuildCache.Tests.Stores.Suite;
using BuildCache.Tests.Support;
using BuildCache.Tests.Volumes;

// The test program. With the argument 'worker' or 'volume-worker' it is one of several processes that share something; with 'session',
// 'socket', 'secret' and 'command-worker' it is a process that others are compared with; 'soak', 'volumes', 'faults', 'sources' and
// 'tour' are what takes too long for every run.
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
    case ["volumes", .. string[] numbers]:
        return await SoakResult.ShowAsync(NumberAt(numbers, 0, 60), NumberAt(numbers, 1, 16));
    case ["tour"]:
        return await SuiteCommands.TourAsync();
    case ["sources"]:
        return await SourceCommands.MatrixAsync();
    case ["faults", .. string[] numbers]:
        return await SuiteCommands.FaultsAsync(NumberAt(numbers, 0, 10));
}

return args.Any(argument => argument is "--server" or "--internal-msbuild-node")
    ? await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, BuildCache.Tests.SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);

static int NumberAt(string[] numbers, int index, int otherwise) =>
    index < numbers.Length ? int.Parse(numbers[index], CultureInfo.InvariantCulture) : otherwise;
