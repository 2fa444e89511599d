using BuildCache.MSBuild.Compilation;
using BuildCache.MSBuild.Loading;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild;

/// <summary>Runs once for each project before everything else: tells the compiler tasks that come later what project they are in.</summary>
/// <remarks>See <c>BuildCache.MSBuild.targets</c>. It does nothing that takes time, and nothing that can fail a build.</remarks>
[MSBuildMultiThreadableTask]
public sealed class ConnectCompilers : Microsoft.Build.Utilities.Task
{
    /// <summary>Full path of the assembly with the tasks for C# and Visual Basic.</summary>
    public string? RoslynTasks { get; set; }

    /// <summary>The token that stands for it.</summary>
    public string? RoslynToken { get; set; }

    /// <summary>Full path of the assembly with the task for F#.</summary>
    public string? FSharpTasks { get; set; }

    /// <summary>The token that stands for it.</summary>
    public string? FSharpToken { get; set; }

    /// <summary>The project file.</summary>
    [Required]
    public string Project { get; set; } = "";

    /// <summary>The root that paths are relative to, or nothing.</summary>
    public string? WorkspaceRoot { get; set; }

    /// <summary>The store, or nothing.</summary>
    public string? Store { get; set; }

    /// <summary>Whom entries are shared with, or nothing.</summary>
    public string? Scope { get; set; }

    /// <summary>How the cache is used, or nothing.</summary>
    public string? Mode { get; set; }

    /// <summary>The folder of NuGet packages.</summary>
    public string? PackageRoot { get; set; }

    /// <summary>The folder of the SDKs.</summary>
    public string? DotnetRoot { get; set; }

    /// <summary>The file for the report, or nothing.</summary>
    public string? Report { get; set; }

    /// <summary>Why nothing of the project may come from the cache, or nothing.</summary>
    public string? Obstacle { get; set; }

    /// <summary>What the compilations of the project depend on besides what the compiler is given.</summary>
    public ITaskItem[] Inputs { get; set; } = [];

    /// <summary>What the compilations of the project write besides what the compiler says.</summary>
    public ITaskItem[] Outputs { get; set; } = [];

    /// <inheritdoc/>
    public override bool Execute()
    {
        Register(RoslynToken, RoslynTasks);
        Register(FSharpToken, FSharpTasks);
        ProjectSettings.Register((IBuildEngine10)BuildEngine, this);
        return true;
    }

    private static void Register(string? token, string? assembly)
    {
        if (!string.IsNullOrEmpty(token) && !string.IsNullOrEmpty(assembly))
        {
            // MSBuild's own paths have backslashes and detours.
            DerivedTasks.Register(token, Path.GetFullPath(assembly.Replace('\\', Path.DirectorySeparatorChar)));
        }
    }
}
