using System.Diagnostics;
using BuildCache.Configuration;
using BuildCache.MSBuild.Compilation;
using BuildCache.MSBuild.Recording;
using BuildCache.MSBuild.Session;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild;

/// <summary>Stands in for a compiler task: serves its work from the cache, or runs it and keeps what it made.</summary>
/// <remarks>Whatever goes wrong with the cache, the compiler runs and its result is the task's.</remarks>
internal class CachedCompilerTask(CompilerTaskType type, CachingOptions options) : IGeneratedTask, ICancelableTask
{
    private readonly TaskParameters _parameters = new(options.ProjectDirectory);
    private volatile ITask? _compiler;
    private volatile bool _cancelled;

    public IBuildEngine BuildEngine { get; set; } = null!;

    public ITaskHost? HostObject { get; set; }

    public void SetPropertyValue(TaskPropertyInfo property, object value) => _parameters[property.Name] = value;

    // After a hit no task ran: what a compiler would answer is what it was given, and that it exited with 0.
    public object? GetPropertyValue(TaskPropertyInfo property) =>
        _compiler is { } compiler ? type.Get(compiler, property.Name)
        : property.Name == "ExitCode" ? 0
        : _parameters[property.Name];

    public void Cancel()
    {
        _cancelled = true;
        (_compiler as ICancelableTask)?.Cancel();
    }

    public bool Execute()
    {
        var engine = (IBuildEngine10)BuildEngine;
        // A design-time build asks for the command line only.
        if (_parameters.IsTrue("SkipCompilerExecution") || HostObject is not null)
        {
            return RunCompiler(engine);
        }

        BuildSession session;
        CachedCompilation compilation;
        var watch = Stopwatch.StartNew();
        try
        {
            session = BuildSession.Of(engine, options);
            compilation = new CachedCompilation(session, type.Name, options, _parameters);
        }
        catch (Exception error)
        {
            engine.LogMessageEvent(new BuildMessageEventArgs($"BuildCache: {error.Message} The compiler runs without the cache.", null, "BuildCache", MessageImportance.High));
            return RunCompiler(engine);
        }

        return session.Mode == CacheMode.Off ? RunCompiler(engine) : Execute(engine, session, compilation, watch);
    }

    private bool Execute(IBuildEngine10 engine, BuildSession session, CachedCompilation compilation, Stopwatch watch)
    {
        CompilationRecord record = compilation.Prepare(engine);
        CompilationRecord? found = record.Outcome == CompilationOutcome.Unknown && session.Reads ? compilation.TryRestore(engine) : null;
        session.TellNotices(engine);
        if (found is { } hit)
        {
            bool provided = !_parameters.IsTrue("ProvideCommandLineArgs") || ProvideCommandLine(engine);
            session.Record(hit with { Saved = Positive(hit.Saved - watch.Elapsed) });
            return provided;
        }

        TimeSpan keying = watch.Elapsed;
        if (record.Outcome != CompilationOutcome.Unknown)
        {
            bool plain = RunCompiler(engine);
            session.Record(record with { Took = watch.Elapsed - keying });
            return plain;
        }

        var recorder = new RecordingBuildEngine(engine);
        compilation.BeforeWork();
        bool succeeded = RunCompiler(recorder);
        session.Record(compilation.AfterWork(engine, recorder, succeeded && !_cancelled, watch.Elapsed - keying));
        session.TellNotices(engine);
        return succeeded;
    }

    /// <summary>Gives the compiler task what the engine gave this one beyond <see cref="ITask"/>.</summary>
    protected virtual void PassEnvironment(ITask compiler)
    {
    }

    private bool RunCompiler(IBuildEngine engine) => Run(type.Create(_parameters.All), engine);

    // The compiler task makes its command line and stops there. It is the only one who knows how.
    private bool ProvideCommandLine(IBuildEngine engine)
    {
        ITask compiler = type.Create(_parameters.All);
        type.Set(compiler, "SkipCompilerExecution", true);
        return Run(compiler, engine);
    }

    private bool Run(ITask compiler, IBuildEngine engine)
    {
        compiler.BuildEngine = engine;
        compiler.HostObject = HostObject;
        PassEnvironment(compiler);
        _compiler = compiler;
        return !_cancelled && compiler.Execute();
    }

    private static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;
}
