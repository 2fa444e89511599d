using Microsoft.Build.Logging.StructuredLogger;
using LoggedTask = Microsoft.Build.Logging.StructuredLogger.Task;

namespace BuildCache.Benchmarks.Builds;

/// <summary>The times that MSBuild's binary log has of the tasks of a build.</summary>
internal static class BuildLog
{
    // The projects that they build are in their time.
    private static readonly string[] s_containers = ["MSBuild", "CallTarget"];

    /// <summary>The calls of each task in the order in which they began, in milliseconds on the clock.</summary>
    public static IReadOnlyDictionary<TaskName, IReadOnlyList<double>> Read(string file)
    {
        List<LoggedTask> tasks = [];
        BinaryLog.ReadBuild(file).VisitAllChildren<LoggedTask>(tasks.Add);
        return tasks.Where(task => !s_containers.Contains(task.Name)).OrderBy(task => task.StartTime)
            .GroupBy(task => new TaskName(task.Name, task.FromAssembly?.Contains("BuildCache", StringComparison.Ordinal) == true))
            .ToDictionary(group => group.Key, group => (IReadOnlyList<double>)[.. group.Select(task => task.Duration.TotalMilliseconds)]);
    }
}

/// <summary>A task.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsOurs">Whether an assembly of BuildCache has it.</param>
internal sealed record TaskName(string Name, bool IsOurs);
