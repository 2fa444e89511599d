using System.ComponentModel;
using System.Diagnostics;

namespace BuildCache.Tests.Support;

/// <summary>Runs a program to its end.</summary>
public static class Tool
{
    /// <summary>Runs a program with some environment variables set.</summary>
    /// <returns><see langword="null"/> when there is no such program.</returns>
    public static (int ExitCode, string Output, string Errors)? Run(string program, string[] arguments, params (string Name, string? Value)[] environment) =>
        RunIn("", program, arguments, environment);

    /// <summary>Runs a program in a directory.</summary>
    /// <inheritdoc cref="Run"/>
    public static (int ExitCode, string Output, string Errors)? RunIn(
        string directory, string program, string[] arguments, params (string Name, string? Value)[] environment)
    {
        using Process? process = StartIn(directory, program, arguments, environment);
        if (process is null)
        {
            return null;
        }

        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.Trim(), errors.Result.Trim());
    }

    /// <summary>Starts a program; its outputs are redirected.</summary>
    public static Process? Start(string program, string[] arguments, params (string Name, string? Value)[] environment) => StartIn("", program, arguments, environment);

    private static Process? StartIn(string directory, string program, string[] arguments, (string Name, string? Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory };
        foreach ((string name, string? value) in environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            return Process.Start(start);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    /// <summary>Runs this test program, as <c>Program.cs</c> understands its arguments.</summary>
    public static (int ExitCode, string Output, string Errors) RunSelf(string[] arguments, params (string Name, string? Value)[] environment) =>
        Run(Environment.ProcessPath!, arguments, environment)!.Value;
}
