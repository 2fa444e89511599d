using System.Collections;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild.Recording;

/// <summary>Passes everything between a task and its build, and keeps what the task said.</summary>
internal sealed class RecordingBuildEngine(IBuildEngine10 engine) : IBuildEngine10
{
    private readonly List<CompilerMessage> _messages = [];
    private readonly Lock _gate = new();

    /// <summary>What the task said, in order, that is worth saying again.</summary>
    public IReadOnlyList<CompilerMessage> Messages => _messages;

    /// <summary>Whether it said that something went wrong.</summary>
    public bool HasErrors { get; private set; }

    public bool ContinueOnError => engine.ContinueOnError;

    public int LineNumberOfTaskNode => engine.LineNumberOfTaskNode;

    public int ColumnNumberOfTaskNode => engine.ColumnNumberOfTaskNode;

    public string ProjectFileOfTaskNode => engine.ProjectFileOfTaskNode;

    public bool IsRunningMultipleNodes => engine.IsRunningMultipleNodes;

    public bool AllowFailureWithoutError
    {
        get => engine.AllowFailureWithoutError;
        set => engine.AllowFailureWithoutError = value;
    }

    public EngineServices EngineServices => engine.EngineServices;

    public void LogErrorEvent(BuildErrorEventArgs e)
    {
        HasErrors = true;
        engine.LogErrorEvent(e);
    }

    public void LogWarningEvent(BuildWarningEventArgs e)
    {
        lock (_gate)
        {
            _messages.Add(CompilerMessage.Of(e));
        }

        engine.LogWarningEvent(e);
    }

    public void LogMessageEvent(BuildMessageEventArgs e)
    {
        // A command line is about this build, and what is said at low importance is about the compiler server.
        if (e is not TaskCommandLineEventArgs && e.Importance != MessageImportance.Low && e.GetType() == typeof(BuildMessageEventArgs))
        {
            lock (_gate)
            {
                _messages.Add(CompilerMessage.Of(e));
            }
        }

        engine.LogMessageEvent(e);
    }

    public void LogCustomEvent(CustomBuildEventArgs e) => engine.LogCustomEvent(e);

    public bool BuildProjectFile(string projectFileName, string[] targetNames, IDictionary globalProperties, IDictionary targetOutputs) =>
        engine.BuildProjectFile(projectFileName, targetNames, globalProperties, targetOutputs);

    public bool BuildProjectFile(string projectFileName, string[] targetNames, IDictionary globalProperties, IDictionary targetOutputs, string toolsVersion) =>
        engine.BuildProjectFile(projectFileName, targetNames, globalProperties, targetOutputs, toolsVersion);

    public bool BuildProjectFilesInParallel(string[] projectFileNames, string[] targetNames, IDictionary[] globalProperties, IDictionary[] targetOutputsPerProject, string[] toolsVersion, bool useResultsCache, bool unloadProjectsOnCompletion) =>
        engine.BuildProjectFilesInParallel(projectFileNames, targetNames, globalProperties, targetOutputsPerProject, toolsVersion, useResultsCache, unloadProjectsOnCompletion);

    public BuildEngineResult BuildProjectFilesInParallel(string[] projectFileNames, string[] targetNames, IDictionary[] globalProperties, IList<string>[] removeGlobalProperties, string[] toolsVersion, bool returnTargetOutputs) =>
        engine.BuildProjectFilesInParallel(projectFileNames, targetNames, globalProperties, removeGlobalProperties, toolsVersion, returnTargetOutputs);

    public void Yield() => engine.Yield();

    public void Reacquire() => engine.Reacquire();

    public void RegisterTaskObject(object key, object obj, RegisteredTaskObjectLifetime lifetime, bool allowEarlyCollection) =>
        engine.RegisterTaskObject(key, obj, lifetime, allowEarlyCollection);

    public object GetRegisteredTaskObject(object key, RegisteredTaskObjectLifetime lifetime) => engine.GetRegisteredTaskObject(key, lifetime);

    public object UnregisterTaskObject(object key, RegisteredTaskObjectLifetime lifetime) => engine.UnregisterTaskObject(key, lifetime);

    public void LogTelemetry(string eventName, IDictionary<string, string> properties) => engine.LogTelemetry(eventName, properties);

    public IReadOnlyDictionary<string, string> GetGlobalProperties() => engine.GetGlobalProperties();

    public bool ShouldTreatWarningAsError(string warningCode) => engine.ShouldTreatWarningAsError(warningCode);

    public int RequestCores(int requestedCores) => engine.RequestCores(requestedCores);

    public void ReleaseCores(int coresToRelease) => engine.ReleaseCores(coresToRelease);
}
