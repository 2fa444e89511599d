using System.Diagnostics;
using System.Reflection;

namespace BuildCache.Tests.Support;

/// <summary>This program, started as another process.</summary>
public static class TestProgram
{
    public static Process Start(params string[] arguments) => Start(_ => { }, arguments);

    /// <summary>Starts one.</summary>
    /// <param name="configure">Says what else it is started with.</param>
    /// <param name="arguments">What <c>Program.cs</c> understands.</param>
    public static Process Start(Action<ProcessStartInfo> configure, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!);
        string program = Assembly.GetExecutingAssembly().Location;
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) != Path.GetFileNameWithoutExtension(program))
        {
            // The test runner is not this program; then its runtime is the one that runs it.
            start = new ProcessStartInfo("dotnet") { ArgumentList = { program } };
        }

        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        configure(start);

        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }
}
