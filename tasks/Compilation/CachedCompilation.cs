using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Keys;
using BuildCache.MSBuild.Compilers;
using BuildCache.MSBuild.Recording;
using BuildCache.MSBuild.Session;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild.Compilation;

/// <summary>One compilation and its entry: the key, the restore, the save.</summary>
internal sealed class CachedCompilation : IDisposable
{
    private readonly BuildSession _session;
    private readonly ProjectSettings _project;
    private readonly ICompilerTask _task;
    private readonly CompilerArguments _arguments;
    private readonly string _compilerFolder;
    private readonly CompilerOutputs _outputs;
    private readonly string _target;
    private CompilationInputs _inputs = null!;
    private CacheKey _subject = null!;
    private CacheKey _key = null!;
    private TouchedFiles? _touched;
    private OutputLock? _alone;
    private bool _givesWay;

    /// <summary>Reads what the compiler is given.</summary>
    /// <param name="session">What the compilations of the build share.</param>
    /// <param name="project">The project.</param>
    /// <param name="task">The task.</param>
    /// <param name="call">How it would run the compiler.</param>
    /// <param name="directory">Full path of the folder that the compiler runs in.</param>
    public CachedCompilation(BuildSession session, ProjectSettings project, ICompilerTask task, CompilerCall call, string directory)
    {
        (_session, _project, _task) = (session, project, task);
        _compilerFolder = CompilerProgram.FolderOf(task.Compiler, call);
        _arguments = CompilerArguments.Parse(task.Compiler, CompilerProgram.ArgumentsOf(task.Compiler, call), call.ResponseFile, directory, _compilerFolder);
        _outputs = new CompilerOutputs(task.Compiler, _arguments, project);
        _target = session.Roots.Normalise(_outputs.Assembly).Replace("{workspace}/", "", StringComparison.Ordinal);
    }

    /// <summary>What the compiler is to be given besides what the build gives it.</summary>
    public string MoreArguments { get; private set; } = "";

    private CompilationRecord Base => new(_project.Project, _target, CompilationOutcome.Unknown);

    /// <summary>Makes the key.</summary>
    /// <returns>A record with the outcome when that is settled: the compilation cannot be cached, or the cache cannot be used.</returns>
    public CompilationRecord Prepare(IBuildEngine10 engine)
    {
        try
        {
            if (_session.Problem is { } problem)
            {
                _session.WarnOnce(engine, problem);
                return Base with { Outcome = CompilationOutcome.Bypassed, Reason = problem.Message };
            }

            return (ReasonToBypass() ?? MakeKey(engine)) is { } reason ? Bypass(engine, reason) : Base;
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.InputNotFound)
        {
            // The compiler will say which of its inputs is missing, and where that matters.
            return Bypass(engine, error.Message);
        }
        catch (Exception error)
        {
            _session.WarnOnce(engine, error);
            return Base with { Outcome = CompilationOutcome.Bypassed, Reason = error.Message };
        }
    }

    /// <summary>Takes the outputs out of the cache and repeats what the compiler said.</summary>
    /// <returns>The record of the hit, or <see langword="null"/>: then nothing was touched.</returns>
    public CompilationRecord? TryRestore(IBuildEngine10 engine)
    {
        try
        {
            if (Find(_key) is not { } entry)
            {
                return null;
            }

            // What is no answer to its key does not keep the answer from being saved.
            _givesWay = !_outputs.AreAllIn(entry);
            if (_givesWay)
            {
                return null;
            }

            using OutputLock? alone = OutputLock.For(_task.Compiler, _project, _outputs.Assembly);
            IReadOnlyList<CompilerMessage> messages = Wait(_session.Catalog.ReadOutputAsync(entry)) is { } output ? CompilerOutput.Decode(output) : [];
            _session.Catalog.RestoreAsync(entry, _outputs.DestinationOf).AsTask().GetAwaiter().GetResult();
            foreach (CompilerMessage message in messages)
            {
                message.Localise(_session.Roots).Neutralise().Replay(engine);
            }

            Say(engine, MessageImportance.Low, $"{_target} comes from the cache.");
            return Base with { Outcome = CompilationOutcome.Hit, Saved = entry.WorkDuration, Bytes = entry.Bytes };
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.BlobMissing || error.Id == ErrorId.BlobCorrupt)
        {
            _givesWay = true;
            Say(engine, MessageImportance.Normal, $"the entry of {_target} is damaged and is made again. {error.Message}");
        }
        catch (Exception error)
        {
            _session.WarnOnce(engine, error);
        }

        return null;
    }

    /// <summary>Notes the state that the compiler starts from.</summary>
    public void BeforeWork()
    {
        string folder = Path.GetDirectoryName(_outputs.Assembly)!;
        try
        {
            _outputs.Start(FileSystemClock.Now(folder).Ticks);
            _alone = OutputLock.For(_task.Compiler, _project, _outputs.Assembly);
            if (_task.Compiler.TouchedFilesSwitch is { } name)
            {
                _touched = TouchedFiles.In(folder);
                MoreArguments = $"{Environment.NewLine}{name}\"{_touched.ListPath}\"";
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The compiler will say what is wrong with the folder. Without a list nothing is saved.
        }
    }

    /// <summary>Saves what the compiler made, or compares it, as the mode says.</summary>
    public CompilationRecord AfterWork(IBuildEngine10 engine, RecordingBuildEngine recorder, bool succeeded, TimeSpan took)
    {
        CompilationRecord record = Base with { Outcome = CompilationOutcome.Missed, Took = took };
        if (!succeeded || recorder.HasErrors)
        {
            return record with { Outcome = CompilationOutcome.Failed, Reason = "the compilation failed" };
        }

        try
        {
            // At once, before anything else can change them.
            IReadOnlyList<WrittenFile> written = _session.Writes || _session.Mode == CacheMode.Audit ? Take(out string? problem) : Nothing(out problem);
            record = MissReason.Of(_session, _subject, _inputs, record);
            Say(engine, MessageImportance.Normal, $"{_target} was compiled: {record.Reason}.");
            if (problem is not null)
            {
                Say(engine, MessageImportance.Normal, $"{_target} is not saved: {problem}.");
                return record with { NotSaved = problem };
            }

            if (written.Count == 0)
            {
                return record;
            }

            List<CompilerMessage> messages = [.. recorder.Messages.Select(message => message.Normalise(_session.Roots))];
            KeyExtension extension = ExtensionOf(written, messages);
            CacheKey key = extension.IsEmpty ? _key : extension.Apply(_key, _session.Roots, path => _session.Hasher.Hash(path).Digest);
            return _session.Mode == CacheMode.Audit
                ? CompilationAudit.Of(engine, _session, key, written, record)
                : Save(key, extension, written, messages, record with { IsBoundToPath = extension.IsPlaceFixed || _inputs.Place.IsWorkspaceFixed });
        }
        catch (Exception error)
        {
            _session.WarnOnce(engine, error);
            return record;
        }
    }

    /// <summary>Removes what helped to tell the outputs.</summary>
    public void Dispose()
    {
        _touched?.Dispose();
        _alone?.Dispose();
    }

    private string? ReasonToBypass() =>
        (_project.Obstacle.Length > 0 ? _project.Obstacle : null)
        ?? CompilerProgram.ReasonToBypass(_task.Compiler, _compilerFolder, _task)
        ?? _arguments.Of(SwitchRole.Bypass).Select(argument => argument.Switch.Reason).FirstOrDefault()
        ?? _task.Compiler.ReasonToBypass(_arguments);

    private string? MakeKey(IBuildEngine10 engine)
    {
        if (CompilationInputs.TryCollect(_task.Compiler, _compilerFolder, _arguments, _task.EnvironmentVariables, _session, _project, out string? bypass) is not { } inputs)
        {
            return bypass;
        }

        foreach (BuildCacheException notice in inputs.Notices)
        {
            _session.TellOnce(engine, notice);
        }

        _inputs = inputs;
        _subject = CacheKey.Create(_session.Scope, [_task.Compiler.Name.ToLowerInvariant(), _target]);
        _key = _subject.Append(inputs.Fingerprint.Digest.Hash);
        return null;
    }

    // One question. Only an entry that says so itself leads to a second one.
    private CacheEntry? Find(CacheKey key)
    {
        CacheEntry? entry = Wait(_session.Catalog.FindAsync(key)).Entry;
        if (entry is null || entry.Paths.Count > 0)
        {
            return entry;
        }

        KeyExtension? extension = Wait(_session.Catalog.ReadOutputAsync(entry)) is { } bytes ? KeyExtension.TryDecode(bytes) : null;
        _givesWay = extension is null;
        return extension is null ? null : Wait(_session.Catalog.FindAsync(extension.Apply(key, _session.Roots, path => _session.Hasher.Hash(path).Digest))).Entry;
    }

    private IReadOnlyList<WrittenFile> Take(out string? problem)
    {
        if (_touched?.TryRead() == false)
        {
            problem = "the compiler did not list the files that it read and wrote";
            return [];
        }

        IReadOnlyList<WrittenFile> written = _outputs.Take(_touched, out problem);
        problem ??= _alone?.WasShared == true ? "another build wrote the same outputs at the same time" : null;
        // What was edited while the compiler ran may be in the outputs and is not in the key.
        problem ??= _inputs.Stamps.FindChanged() is { } changed ? $"'{changed}' changed while the compiler ran" : null;
        return problem is null ? written : [];
    }

    private static IReadOnlyList<WrittenFile> Nothing(out string? problem)
    {
        problem = null;
        return [];
    }

    private KeyExtension ExtensionOf(IReadOnlyList<WrittenFile> written, IReadOnlyList<CompilerMessage> messages)
    {
        // What is fixed already may be there.
        List<string> forms = [.. _session.Roots.Forms(withInstalled: !_inputs.Place.IsInstalledFixed)];
        bool leaks = !_inputs.Place.IsWorkspaceFixed && (PathLeak.IsIn(written.Select(file => file.Content), forms)
            || messages.Any(message => message.Text is { } text && forms.Exists(form => text.Contains(form, StringComparison.Ordinal))));
        return new KeyExtension(leaks, _touched is null ? [] : FoundInputs.Of(_touched, _inputs.Stamps.Paths, _outputs.Paths, _arguments, _session.Roots));
    }

    private CompilationRecord Save(CacheKey key, KeyExtension extension, IReadOnlyList<WrittenFile> written, IReadOnlyList<CompilerMessage> messages, CompilationRecord record)
    {
        byte[] output = CompilerOutput.Encode(messages), more = extension.Encode();
        if (more.Length > KeyExtension.Largest)
        {
            return record with { NotSaved = "the compiler read too many files besides its inputs" };
        }

        // A compiler writes its files now, with the mode that the user's umask leaves; so does a hit.
        var details = new EntryDetails(BuildSession.Creator, record.Took, _inputs.Fingerprint, output) { Keeps = KeptProperties.None };
        SaveResult saved = Wait(_session.Catalog.SaveAsync(key, [.. written.Select(file => file.ToSave())], details, _givesWay));
        if (!extension.IsEmpty)
        {
            Wait(_session.Catalog.SaveAsync(_key, [], new EntryDetails(BuildSession.Creator, record.Took, _inputs.Fingerprint, more), replace: true));
        }

        return record with { Bytes = saved.Entry.Bytes };
    }

    private CompilationRecord Bypass(IBuildEngine10 engine, string reason)
    {
        Say(engine, MessageImportance.Normal, $"{_target} is compiled without the cache: {reason.TrimEnd('.')}.");
        return Base with { Outcome = CompilationOutcome.Bypassed, Reason = reason };
    }

    private static void Say(IBuildEngine10 engine, MessageImportance importance, string text) =>
        engine.LogMessageEvent(new BuildMessageEventArgs("BuildCache: " + PrintableText.Line(text), null, "BuildCache", importance));

    // A task is synchronous. The folder store answers at once; a remote one has its own threads.
    private static T Wait<T>(ValueTask<T> work) => work.IsCompletedSuccessfully ? work.Result : work.AsTask().GetAwaiter().GetResult();
}
