using Microsoft.Build.Framework;

namespace BuildCache.MSBuild;

/// <summary>The same for an MSBuild that can run several projects in one process: each task then has a directory and an environment of its own.</summary>
[MSBuildMultiThreadableTask]
internal sealed class MultiThreadedCompilerTask(CompilerTaskType type, CachingOptions options)
    : CachedCompilerTask(type, options), IMultiThreadableTask
{
    public TaskEnvironment TaskEnvironment { get; set; } = null!;

    protected override void PassEnvironment(ITask compiler)
    {
        if (compiler is IMultiThreadableTask task)
        {
            task.TaskEnvironment = TaskEnvironment;
        }
    }
}
