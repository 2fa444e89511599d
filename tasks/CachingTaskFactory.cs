using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild;

/// <summary>Makes tasks that stand in for the compiler tasks of the SDK and take their work from a cache.</summary>
/// <remarks>
/// The parameters are those that the SDK's task has, found by reflection, so that a new one works here on the day it
/// appears. The task body carries the settings, see <c>BuildCache.MSBuild.targets</c>.
/// </remarks>
public sealed class CachingTaskFactory : ITaskFactory
{
    private static readonly ConcurrentDictionary<(string Assembly, string Task), CompilerTaskType> s_types = new();
    private static readonly bool s_canBeMultiThreaded =
        Type.GetType("Microsoft.Build.Framework.IMultiThreadableTask, Microsoft.Build.Framework") is not null;

    private CachingOptions? _options;
    private CompilerTaskType? _type;

    /// <inheritdoc/>
    public string FactoryName => "BuildCache";

    /// <inheritdoc/>
    public Type TaskType => typeof(CachedCompilerTask);

    /// <inheritdoc/>
    public bool Initialize(string taskName, IDictionary<string, TaskPropertyInfo> parameterGroup, string taskBody, IBuildEngine taskFactoryLoggingHost)
    {
        _options = CachingOptions.Parse(taskBody);
        string name = taskName[(taskName.LastIndexOf('.') + 1)..];
        _type = s_types.GetOrAdd((_options.TaskAssembly, name), key => new CompilerTaskType(key.Task, Load(key.Assembly).GetType($"Microsoft.CodeAnalysis.BuildTasks.{key.Task}", throwOnError: true)!));
        return true;
    }

    /// <inheritdoc/>
    public TaskPropertyInfo[] GetTaskParameters() => _type!.Parameters;

    /// <inheritdoc/>
    public ITask CreateTask(IBuildEngine taskFactoryLoggingHost) =>
        s_canBeMultiThreaded ? CreateMultiThreaded() : new CachedCompilerTask(_type!, _options!);

    /// <inheritdoc/>
    public void CleanupTask(ITask task)
    {
    }

    // Apart, so that an MSBuild without the interface never has to load the type that implements it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private MultiThreadedCompilerTask CreateMultiThreaded() => new(_type!, _options!);

    // MSBuild has loaded the assembly already for another of its tasks, in nearly every build.
    private static Assembly Load(string path) =>
        Array.Find(AppDomain.CurrentDomain.GetAssemblies(), assembly => !assembly.IsDynamic && assembly.Location == path)
        ?? new CompilerLoadContext(path).LoadFromAssemblyPath(path);

    private sealed class CompilerLoadContext(string path) : AssemblyLoadContext(path)
    {
        private readonly string _directory = Path.GetDirectoryName(path)!;

        protected override Assembly? Load(AssemblyName assemblyName) =>
            Path.Combine(_directory, assemblyName.Name + ".dll") is var file && File.Exists(file) ? LoadFromAssemblyPath(file) : null;
    }
}
