using BuildCache.Configuration;
using BuildCache.MSBuild.Session;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild.Compilation;

/// <summary>What a build says of one project to the cache.</summary>
/// <param name="Session">What projects with equal settings share.</param>
/// <param name="Project">Full path of the project file.</param>
/// <param name="Obstacle">Why nothing of it may come from the cache; empty where it may.</param>
/// <param name="Inputs">More inputs of its compilations.</param>
/// <param name="Outputs">More outputs of its compilations.</param>
internal sealed record ProjectSettings(SessionSettings Session, string Project, string Obstacle, ITaskItem[] Inputs, ITaskItem[] Outputs)
{
    /// <summary>Full path of the project's folder, without a trailing separator.</summary>
    public string Directory { get; } = Path.GetDirectoryName(Project)!;

    /// <summary>Keeps the settings of a project until the build is over. A second call replaces the first one's.</summary>
    public static void Register(IBuildEngine10 engine, ConnectCompilers task)
    {
        string project = Path.GetFullPath(task.Project);
        string directory = Path.GetDirectoryName(project)!;
        string root = task.WorkspaceRoot is { Length: > 0 } given
            ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(given, directory))
            : Workspace.RootOf(directory);
        var session = new SessionSettings(root, task.Store ?? "", task.Scope ?? "", task.Mode ?? "", task.PackageRoot ?? "", task.DotnetRoot ?? "", task.Report ?? "");
        object key = KeyOf(engine, $"BuildCache: the workspace of this project is '{root}'.");
        BuildTotals.Of(engine).Expect(session);
        engine.UnregisterTaskObject(key, RegisteredTaskObjectLifetime.Build);
        engine.RegisterTaskObject(key, new ProjectSettings(session, project, task.Obstacle ?? "", task.Inputs, task.Outputs), RegisteredTaskObjectLifetime.Build, allowEarlyCollection: false);
    }

    /// <summary>The settings of the project that a task works for, or <see langword="null"/> when none were registered.</summary>
    /// <param name="engine">The engine of the task.</param>
    /// <param name="work">What the task does, for the log.</param>
    public static ProjectSettings? Of(IBuildEngine10 engine, string work) =>
        engine.GetRegisteredTaskObject(KeyOf(engine, work), RegisteredTaskObjectLifetime.Build) as ProjectSettings;

    // A task is not told its project. MSBuild writes into every event that a task logs where it comes from.
    private static object KeyOf(IBuildEngine10 engine, string message)
    {
        var probe = new BuildMessageEventArgs(message, null, "BuildCache", MessageImportance.Low);
        engine.LogMessageEvent(probe);
        return ("BuildCache.Project", probe.BuildEventContext?.ProjectInstanceId ?? BuildEventContext.InvalidProjectInstanceId);
    }
}

/// <summary>The settings that a session of the cache is made from. Equal ones share a session.</summary>
/// <param name="WorkspaceRoot">Full path of the workspace root.</param>
/// <param name="Store">The store of the properties; empty to leave it to the environment and the settings files. Likewise the next two.</param>
/// <param name="Scope">The scope.</param>
/// <param name="Mode">The mode.</param>
/// <param name="PackageRoot">The folder of NuGet packages.</param>
/// <param name="DotnetRoot">The folder of the SDKs.</param>
/// <param name="Report">The file for the report.</param>
internal sealed record SessionSettings(string WorkspaceRoot, string Store, string Scope, string Mode, string PackageRoot, string DotnetRoot, string Report);
