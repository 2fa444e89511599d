using BuildCache.MSBuild.Compilation;

namespace BuildCache.MSBuild;

// The part that the derived tasks have in common. Each is compiled into an assembly of its own, against a base class of its own.
#if Csc
public sealed partial class Csc : ICompilerTask
#elif Vbc
public sealed partial class Vbc : ICompilerTask
#else
public sealed partial class Fsc : ICompilerTask
#endif
{
    private readonly CompilerTask _task;

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
}
