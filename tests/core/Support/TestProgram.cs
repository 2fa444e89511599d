using System.Diagnostics;
using System.Reflection;

namespace BuildCache.Tests.Support;

/// <summary>This program, started as another process.</summary>
public static class TestProgram
{
    public static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        string program = Assembly.GetExecutingAssembly().Location;
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) != Path.GetFileNameWithoutExtension(program))
        {
            // The test runner is not this program; then its runtime is the one that runs it.
            start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, ArgumentList = { program } };
        }

        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }
}
