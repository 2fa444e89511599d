using BuildCache.MSBuild.Compilation;
using BuildCache.MSBuild.Compilers;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild;

/// <summary>The SDK's task for C#, whose compiler runs only when the cache does not have its work.</summary>
/// <remarks>Everything around the run of the compiler is the base class: parameters, the command line, its log, the exit code.</remarks>
[MSBuildMultiThreadableTask]
public sealed partial class Csc : Microsoft.CodeAnalysis.BuildTasks.Csc
{
    /// <summary>Makes the task.</summary>
    public Csc() => _task = new CompilerTask(this);

    CompilerDescription ICompilerTask.Compiler => CscDescription.Instance;

    /// <inheritdoc/>
    protected override int ExecuteTool(string pathToTool, string responseFileCommands, string commandLineCommands) =>
        _task.Execute(pathToTool, responseFileCommands, commandLineCommands);
}
