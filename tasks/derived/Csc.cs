using BuildCache.MSBuild.Compilation;
using BuildCache.MSBuild.Compilers;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild;

/// <summary>The SDK's task for C#, whose compiler runs only when the cache does not have its work.</summary>
/// <remarks>Everything around the run of the compiler is the base class: parameters, the command line, its log, the exit code.</remarks>
[MSBuildMultiThreadableTask]
public sealed class Csc : Microsoft.CodeAnalysis.BuildTasks.Csc, ICompilerTask
{
    private readonly CompilerTask _task;

    /// <summary>Makes the task.</summary>
    public Csc() => _task = new CompilerTask(this);

    CompilerDescription ICompilerTask.Compiler => CscDescription.Instance;

    bool ICompilerTask.RunsCompiler => !SkipCompilerExecution && HostObject is null;

    string? ICompilerTask.BaseWorkingDirectory => base.GetWorkingDirectory();

    void ICompilerTask.ProvideCommandLine(string pathToTool, string responseFileCommands, string commandLineCommands)
    {
        if (ProvideCommandLineArgs)
        {
            SkipCompilerExecution = true;
            base.ExecuteTool(pathToTool, responseFileCommands, commandLineCommands);
            SkipCompilerExecution = false;
        }
    }

    int ICompilerTask.RunCompiler(string pathToTool, string responseFileCommands, string commandLineCommands) =>
        base.ExecuteTool(pathToTool, responseFileCommands, commandLineCommands);

    /// <inheritdoc/>
    public override void Cancel()
    {
        _task.Cancel();
        base.Cancel();
    }

    /// <inheritdoc/>
    protected override string? GetWorkingDirectory() => _task.WorkingDirectory;

    /// <inheritdoc/>
    protected override int ExecuteTool(string pathToTool, string responseFileCommands, string commandLineCommands) =>
        _task.Execute(pathToTool, responseFileCommands, commandLineCommands);
}
