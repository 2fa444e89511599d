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
        argument.TrimStart('-', '/').Split(':')[0].ToLowerInvariant() is "warnaserror" or "err");

    private static bool IsServer { get; } = Array.Exists(s_arguments, argument => argument.Equals("/nodemode:8", StringComparison.OrdinalIgnoreCase));

    // Only a command line has a person or a log behind its output. In an editor's own process that is where a protocol runs.
    private static bool IsCommandLine => Assembly.GetEntryAssembly()?.GetName().Name is "dotnet" or "MSBuild";

    private static bool IsQuiet { get; } = Array.Exists(s_arguments, argument =>
        argument.TrimStart('-', '/').ToLowerInvariant() is "v:q" or "v:quiet" or "verbosity:q" or "verbosity:quiet" or "v=q" or "verbosity=quiet")
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
    public static void PrintAtEnd(string line)
    {
        if (!IsCommandLine || IsQuiet)
        {
            return;
        }

        if (IsServer)
        {
            Console.Out.WriteLine(line);
        }
        else
        {
            AppDomain.CurrentDomain.ProcessExit += (_, _) => Console.Out.WriteLine(line);
        }
    }
}
