using BuildCache.MSBuild.Compilers;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild.Compilation;

/// <summary>A compiler task of the SDK that gives its run of the compiler to <see cref="CompilerTask"/>.</summary>
internal interface ICompilerTask
{
    /// <summary>The engine that the task logs to.</summary>
    IBuildEngine BuildEngine { get; set; }

    /// <summary>What compiler it is.</summary>
    CompilerDescription Compiler { get; }

    /// <summary>Variables that the build sets for the compiler alone, as <c>NAME=value</c>.</summary>
    string[] EnvironmentVariables { get; }

    /// <summary>Whether the compiler is to run, in a process of its own. A design-time build wants its command line only.</summary>
    bool RunsCompiler { get; }

    /// <summary>The folder that the base class runs the compiler in; <see langword="null"/> for the current one.</summary>
    string? BaseWorkingDirectory { get; }

    /// <summary>Runs the compiler as the base class does.</summary>
    /// <returns>Its exit code.</returns>
    int RunCompiler(string pathToTool, string responseFileCommands, string commandLineCommands);

    /// <summary>Gives the build the command line, if it asks for it, without running the compiler.</summary>
    void ProvideCommandLine(string pathToTool, string responseFileCommands, string commandLineCommands);
}
