using System.Globalization;
using BuildCache.Tests.Sources.Assets.Matrix;
using BuildCache.Tests.Stores;
using BuildCache.Tests.Stores.Suite;
using BuildCache.Tests.Support;

// The test program. With the argument 'worker' it is one of several processes that share a store; 'soak', 'faults', 'sources' and 'tour' are what
// takes too long for every run.
if (args is ["worker", .. string[] rest])
{
    return await WorkerProcess.RunAsync(rest);
}

switch (args)
{
    case ["soak-worker", .. string[] work]:
        return await SoakRun.WorkAsync(work);
    case ["soak", .. string[] numbers]:
        return await SuiteCommands.SoakAsync(NumberAt(numbers, 0, 60), NumberAt(numbers, 1, 16), numbers.ElementAtOrDefault(2) ?? "");
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
