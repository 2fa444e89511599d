using System.Reflection;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild.Session;

/// <summary>What part of a build this process is.</summary>
internal static class BuildNode
{
    private static readonly string[] s_arguments = Environment.GetCommandLineArgs();

    // The commands whose output is that of a build. Others, of which "dotnet run" is one, print something of their own.
    private static readonly string[] s_buildCommands = ["build", "publish", "pack", "test", "msbuild", "clean"];

    /// <summary>Whether this process is MSBuild's server, which builds for commands that it does not see.</summary>
    public static bool IsServer { get; } = Array.Exists(s_arguments, argument => argument.Equals("/nodemode:8", StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether this process runs the build, and is not one of the workers that it started.</summary>
    public static bool IsMain { get; } = IsServer || !Array.Exists(s_arguments, argument => argument.StartsWith("/nodemode:", StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a line at the end belongs into what this process prints.</summary>
    public static bool Prints { get; } = IsServer || (Assembly.GetEntryAssembly()?.GetName().Name switch
    {
        "MSBuild" => true,
        "dotnet" => Command is { } command && s_buildCommands.Contains(command),
        _ => false,
    } && !Array.Exists(s_arguments, argument => Name(argument) is "getproperty" or "getitem" or "gettargetresult"));

    private static bool TreatsWarningsAsErrors { get; } = Array.Exists(s_arguments, argument => Name(argument) is "warnaserror" or "err");

    // Options of "dotnet" itself come before the command: -d, --diagnostics.
    private static string? Command => s_arguments.Skip(1).FirstOrDefault(argument => !argument.StartsWith('-'));

    /// <summary>Whether a warning stays a warning, for no build may fail by a problem of the cache.</summary>
    /// <remarks>MSBuild tells a task what the project turns into errors, but not what its command line does; a worker and a server do not even
    /// know the command line. There a message has to do, and the line at the end.</remarks>
    public static bool MayWarn(IBuildEngine8 engine, string code) =>
        IsMain && !IsServer && !TreatsWarningsAsErrors && !engine.ShouldTreatWarningAsError(code);

    private static string Name(string argument) => argument.TrimStart('-', '/').Split(':')[0].ToLowerInvariant();
}
