using BuildCache.Tests.Stores;
using BuildCache.Tests.Support;

// The test program. With the argument 'worker' it is one of several processes that share a store.
if (args is ["worker", .. string[] rest])
{
    return await WorkerProcess.RunAsync(rest);
}

return args.Any(argument => argument is "--server" or "--internal-msbuild-node")
    ? await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, BuildCache.Tests.SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
