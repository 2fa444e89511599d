using System.Diagnostics;
using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.MSBuild.Recording;
using BuildCache.MSBuild.Session;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild.Compilation;

/// <summary>What a compiler task does in place of running its compiler: takes the work from the cache, or runs it and keeps what it made.</summary>
/// <remarks>Whatever goes wrong with the cache, the compiler runs and its result is the task's.</remarks>
internal sealed class CompilerTask(ICompilerTask task)
{
    private volatile bool _isCancelled;
    private string? _workingDirectory;

    /// <summary>The folder that the compiler has to run in; <see langword="null"/> for the current one.</summary>
    public string? WorkingDirectory => _workingDirectory ?? task.BaseWorkingDirectory;

    /// <summary>The compiler was stopped: what it made is not kept.</summary>
    public void Cancel() => _isCancelled = true;

    /// <summary>Does the work.</summary>
    /// <param name="pathToTool">Full path of the program to run.</param>
    /// <param name="responseFileCommands">What the compiler gets in a response file.</param>
    /// <param name="commandLineCommands">What it gets on the command line.</param>
    /// <returns>The exit code of the compiler, or 0 after a hit.</returns>
    public int Execute(string pathToTool, string responseFileCommands, string commandLineCommands)
    {
        var call = new CompilerCall(pathToTool, responseFileCommands, commandLineCommands);
        var engine = (IBuildEngine10)task.BuildEngine;
        if (!task.RunsCompiler || ProjectSettings.Of(engine, $"BuildCache: looks for the work of {task.Compiler.Name}.") is not { } project)
        {
            return Run(call);
        }

        string directory = FindDirectory(project);
        BuildSession session;
        CachedCompilation compilation;
        long started = Stopwatch.GetTimestamp();
        try
        {
            session = BuildSession.Of(engine, project.Session);
            compilation = new CachedCompilation(session, project, task, call, directory);
        }
        catch (Exception error)
        {
            engine.LogMessageEvent(new BuildMessageEventArgs($"BuildCache: {error.Message} The compiler runs without the cache.", null, "BuildCache", MessageImportance.High));
            return Run(call);
        }

        using (compilation)
        {
            return session.Mode == CacheMode.Off ? Run(call) : Execute(engine, session, compilation, call, started);
        }
    }

    private int Execute(IBuildEngine10 engine, BuildSession session, CachedCompilation compilation, CompilerCall call, long started)
    {
        CompilationRecord record = compilation.Prepare(engine);
        CompilationRecord? found = record.Outcome == CompilationOutcome.Unknown && session.Reads ? compilation.TryRestore(engine) : null;
        session.TellNotices(engine);
        if (found is { } hit)
        {
            task.ProvideCommandLine(call.PathToTool, call.ResponseFile, call.CommandLine);
            session.Record(hit with { Took = Stopwatch.GetElapsedTime(started), Saved = Positive(hit.Saved - Stopwatch.GetElapsedTime(started)) });
            return 0;
        }

        long running = Stopwatch.GetTimestamp();
        if (record.Outcome != CompilationOutcome.Unknown)
        {
            int plain = Run(call);
            session.Record(record with { Took = Stopwatch.GetElapsedTime(running) });
            return plain;
        }

        var recorder = new RecordingBuildEngine(engine);
        compilation.BeforeWork();
        task.BuildEngine = recorder;
        int exitCode;
        try
        {
            exitCode = Run(call with { ResponseFile = call.ResponseFile + compilation.MoreArguments });
        }
        finally
        {
            task.BuildEngine = engine;
        }

        session.Record(compilation.AfterWork(engine, recorder, exitCode == 0 && !_isCancelled, Stopwatch.GetElapsedTime(running)));
        if (compilation.MoreArguments.Length > 0)
        {
            // The build is not to see the argument that was added.
            task.ProvideCommandLine(call.PathToTool, call.ResponseFile, call.CommandLine);
        }

        session.TellNotices(engine);
        return exitCode;
    }

    private int Run(CompilerCall call) => task.RunCompiler(call.PathToTool, call.ResponseFile, call.CommandLine);

    // MSBuild runs a task in the folder of its project. In its multi-threaded mode a process has one folder for all, so the
    // compiler is told its own; otherwise it is not, because a folder that was reached through a link would get another name.
    private string FindDirectory(ProjectSettings project)
    {
        string current = Directory.GetCurrentDirectory();
        if (RealPath.AreSame(current, project.Directory))
        {
            return task.BaseWorkingDirectory ?? current;
        }

        _workingDirectory = project.Directory;
        return project.Directory;
    }

    private static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;
}

/// <summary>One run of a compiler as the base class would do it.</summary>
/// <param name="PathToTool">Full path of the program.</param>
/// <param name="ResponseFile">What it gets in a response file.</param>
/// <param name="CommandLine">What it gets on the command line.</param>
internal sealed record CompilerCall(string PathToTool, string ResponseFile, string CommandLine);
