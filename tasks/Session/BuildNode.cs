using System.Reflection;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild.Session;

/// <summary>What part of a build this process is.</summary>
internal static class BuildNode
{
    private static readonly string[] s_arguments = Environment.GetCommandLineArgs();

    /// <summary>Whether this process runs the build, and is not one of the workers that it started.</summary>
    public static bool IsMain { get; } = !Array.Exists(s_arguments, argument =>
        argument.StartsWith("/nodemode:", StringComparison.OrdinalIgnoreCase) && !argument.EndsWith(":8", StringComparison.Ordinal));

    private static bool TreatsWarningsAsErrors { get; } = Array.Exists(s_arguments, argument =>
        Name(argument) is "warnaserror" or "err");

    private static bool IsServer { get; } = Array.Exists(s_arguments, argument => argument.Equals("/nodemode:8", StringComparison.OrdinalIgnoreCase));

    // A line at the end belongs into the output of a build. Behind "dotnet run" it would stand in the program's own output, behind
    // -getProperty in the JSON that was asked for, and in an editor's process in the middle of a protocol.
    private static bool Prints { get; } = Assembly.GetEntryAssembly()?.GetName().Name switch
    {
        "MSBuild" => true,
        "dotnet" => s_arguments.Skip(1).Take(3).Any(argument => argument is "build" or "publish" or "pack" or "test" or "msbuild"),
        _ => false,
    } && !Array.Exists(s_arguments, argument => Name(argument) is "getproperty" or "getitem" or "gettargetresult") && !IsQuiet;

    private static bool IsQuiet => Array.Exists(s_arguments, argument => argument.TrimStart('-', '/').ToLowerInvariant().Replace('=', ':') is "v:q" or "v:quiet" or "verbosity:q" or "verbosity:quiet")
        || s_arguments.Zip(s_arguments.Skip(1)).Any(pair => pair.First is "-v" or "--verbosity" && pair.Second is "q" or "quiet");

    /// <summary>Whether a warning stays a warning, for no build may fail by a problem of the cache.</summary>
    /// <remarks>MSBuild tells a task what the project turns into errors, but not what its command line does; and a worker does
    /// not even know the command line. There a message has to do, and the line at the end.</remarks>
    public static bool MayWarn(IBuildEngine8 engine, string code) =>
        IsMain && !IsServer && !TreatsWarningsAsErrors && !engine.ShouldTreatWarningAsError(code);

    /// <summary>Prints a line when the build is over.</summary>
    /// <remarks>
    /// No logger takes a message any more when all projects are done, and the terminal logger redraws its lines until the
    /// very end; so the line waits for the process to exit. MSBuild's server does not exit, and its output is plain.
    /// </remarks>
    public static void PrintAtEnd(Func<string> line)
    {
        if (!Prints)
        {
            return;
        }

        if (IsServer)
        {
            Print(line());
        }
        else
        {
            AppDomain.CurrentDomain.ProcessExit += (_, _) => Print(line());
        }
    }

    private static void Print(string line)
    {
        try
        {
            Console.Out.WriteLine(line);
        }
        catch (IOException)
        {
            // Nobody reads any more.
        }
    }

    private static string Name(string argument) => argument.TrimStart('-', '/').Split(':')[0].ToLowerInvariant();
}
