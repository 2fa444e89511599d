using System;
using System.IO;
using BuildCache.MSBuild.Compilation;
using BuildCache.MSBuild.Compilers;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild;

/// <summary>The SDK's task for Visual Basic, whose compiler runs only when the cache does not have its work.</summary>
/// <remarks>Everything around the run of the compiler is the base class: parameters, the command line, its log, the exit code.</remarks>
[MSBuildMultiThreadableTask]
public sealed partial class Vbc : Microsoft.CodeAnalysis.BuildTasks.Vbc
{
    /// <summary>Makes the task.</summary>
    public Vbc() => _task = new CompilerTask(this);

    CompilerDescription ICompilerTask.Compiler => VbcDescription.Instance;

    /// <inheritdoc/>
    protected override int ExecuteTool(string pathToTool, string responseFileCommands, string commandLineCommands) =>
        _task.Execute(pathToTool, responseFileCommands, commandLineCommands);

    /// <inheritdoc/>
    public override bool Execute()
    {
        // The base class moves symbols of another name by relative paths, and in MSBuild's multi-threaded mode the current folder
        // is not the project's. So it is done here.
        string? symbols = PdbFile;
        PdbFile = null;
        bool succeeded = base.Execute();
        PdbFile = symbols;
        return succeeded && (SkipCompilerExecution || string.IsNullOrEmpty(symbols) || OutputAssembly is null || TryMoveSymbols(OutputAssembly.ItemSpec, symbols));
    }

    private bool TryMoveSymbols(string assembly, string symbols)
    {
        string folder = _task.WorkingDirectory ?? Directory.GetCurrentDirectory();
        var from = new FileInfo(Path.ChangeExtension(Path.GetFullPath(assembly, folder), ".pdb"));
        var to = new FileInfo(Path.GetFullPath(symbols.EndsWith(".pdb", StringComparison.OrdinalIgnoreCase) ? symbols : symbols + ".pdb", folder));
        try
        {
            if (from.Exists && from.FullName != to.FullName && (!to.Exists || from.LastWriteTimeUtc > to.LastWriteTimeUtc))
            {
                File.Move(from.FullName, to.FullName, overwrite: true);
            }

            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Log.LogError("The symbols '{0}' cannot be moved to '{1}': {2}", from.FullName, to.FullName, error.Message);
            return false;
        }
    }
}
