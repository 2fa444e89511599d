using System.Globalization;
using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.MSBuild.Recording;
using BuildCache.MSBuild.Session;
using Microsoft.Build.Framework;

namespace BuildCache.MSBuild.Compilation;

/// <summary>One compilation and its entry: the key, the restore, the save, and why it missed.</summary>
internal sealed class CachedCompilation(BuildSession session, string taskName, CachingOptions options, TaskParameters parameters)
{
    private readonly CompilerOutputs _outputs = new(parameters);
    private string _target = "";
    private Fingerprint? _fingerprint;
    private CacheKey? _subject;

    // The key, then the keys of what leaked where the packages are, and of what leaked where the workspace is: those are found
    // only where they are the same.
    private CacheKey[] _keys = [];

    private CompilationRecord Base => new(options.ProjectFile, _target, CompilationOutcome.Unknown);

    /// <summary>Makes the key.</summary>
    /// <returns>A record with the outcome when that is settled: the compilation cannot be cached, or the cache cannot be used.</returns>
    public CompilationRecord Prepare(IBuildEngine10 engine)
    {
        _target = session.Roots.Normalise(_outputs.Assembly).Replace("{workspace}/", "", StringComparison.Ordinal);
        try
        {
            if (session.Problem is { } problem)
            {
                session.WarnOnce(engine, problem);
                return Base with { Outcome = CompilationOutcome.Bypassed, Reason = problem.Message };
            }

            if ((ReasonToBypass() ?? MakeKeys()) is { } reason)
            {
                return Bypass(engine, reason);
            }

            return Base;
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.InputNotFound)
        {
            // The compiler will say which of its inputs is missing, and where that matters.
            return Bypass(engine, error.Message);
        }
        catch (Exception error)
        {
            session.WarnOnce(engine, error);
            return Base with { Outcome = CompilationOutcome.Bypassed, Reason = error.Message };
        }
    }

    /// <summary>Takes the outputs out of the cache and repeats what the compiler said.</summary>
    /// <returns>The record of the hit, or <see langword="null"/>: then nothing was touched.</returns>
    public CompilationRecord? TryRestore(IBuildEngine10 engine)
    {
        foreach (CacheKey key in _keys)
        {
            try
            {
                LookupResult found = Wait(session.Catalog.FindAsync(key));
                if (found.Entry is not { } entry || !HasWhatIsExpected(entry))
                {
                    continue;
                }

                IReadOnlyList<CompilerMessage> messages = Wait(session.Catalog.ReadOutputAsync(entry)) is { } output ? CompilerOutput.Decode(output) : [];
                session.Catalog.RestoreAsync(entry, _outputs.DestinationOf).AsTask().GetAwaiter().GetResult();
                foreach (CompilerMessage message in messages)
                {
                    message.Localise(session.Roots).Replay(engine);
                }

                Say(engine, MessageImportance.Low, $"{_target} comes from the cache.");
                return Base with { Outcome = CompilationOutcome.Hit, Saved = entry.WorkDuration, Bytes = entry.Bytes };
            }
            catch (BuildCacheException error) when (error.Id == ErrorId.BlobMissing || error.Id == ErrorId.BlobCorrupt)
            {
                Say(engine, MessageImportance.Normal, $"the entry of {_target} was damaged and is made anew. {error.Message}");
            }
            catch (Exception error)
            {
                session.WarnOnce(engine, error);
            }
        }

        return null;
    }

    /// <summary>Notes the state that the compiler starts from.</summary>
    public void BeforeWork() => _outputs.Remember();

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
            record = TryExplain(record);
            Say(engine, MessageImportance.Normal, $"{_target} was compiled: {record.Reason}.");
            if (!session.Writes && session.Mode != CacheMode.Audit)
            {
                return record;
            }

            // What was edited while the compiler ran may be in the outputs and is not in the key.
            IReadOnlyList<PathToSave> written = _outputs.Written();
            if (MakeFingerprint(out _)?.Digest != _fingerprint!.Digest)
            {
                Say(engine, MessageImportance.Normal, $"{_target} is not saved: an input changed while it was compiled.");
                return record;
            }

            bool isBound = Leaks(written, recorder.Messages, session.Roots.WorkspaceForms);
            CacheKey key = isBound ? _keys[2] : Leaks(written, recorder.Messages, session.Roots.InstalledForms) ? _keys[1] : _keys[0];
            return session.Mode == CacheMode.Audit && Audit(engine, key, written, record) is { } audited ? audited
                : !session.Writes ? record
                : Save(key, written, recorder.Messages, record with { IsBoundToPath = isBound });
        }
        catch (Exception error)
        {
            session.WarnOnce(engine, error);
            return record;
        }
    }

    private string? ReasonToBypass() =>
        !parameters.IsTrue("Deterministic") ? "it is not deterministic; set Deterministic to true"
        : parameters.Text("KeyContainer") is not null ? "it signs with a key container, which is outside of any file"
        : parameters.Text("ToolPath") is not null || parameters.Text("ToolExe") is not null ? "it names a compiler of its own"
        : _outputs.Assembly.Length == 0 ? "it names no output"
        : null;

    private string? MakeKeys()
    {
        _fingerprint = MakeFingerprint(out string? bypass);
        if (_fingerprint is null)
        {
            return bypass;
        }

        _subject = CacheKey.Create(session.Scope, [taskName.ToLowerInvariant(), _target]);
        CacheKey key = _subject.Append(_fingerprint.Digest.Hash);
        _keys = [key, key.Append("packages at " + session.Roots.InstalledLocation), key.Append("workspace at " + session.Roots.Location)];
        return null;
    }

    private Fingerprint? MakeFingerprint(out string? bypass) =>
        CompilerFingerprint.TryCreate(taskName, options.TaskAssembly, parameters, session.Roots, session.Hasher, out bypass);

    // The files of messages are stored relative to the roots; their texts are stored as they are.
    private static bool Leaks(IReadOnlyList<PathToSave> written, IReadOnlyList<CompilerMessage> messages, IEnumerable<string> forms) =>
        PathLeak.IsIn(written.Select(path => path.FullPath), forms)
        || messages.Any(message => message.IsWarning && forms.Any(form => message.Text?.Contains(form, StringComparison.Ordinal) == true));

    // An entry is content that somebody put under a key; what it lacks would be missed by the next target.
    private bool HasWhatIsExpected(CacheEntry entry) => entry.Paths.Any(path => path.Path == "assembly")
        && (parameters.Text("OutputRefAssembly") is null || entry.Paths.Any(path => path.Path == "reference"));

    private CompilationRecord Save(CacheKey key, IReadOnlyList<PathToSave> written, IReadOnlyList<CompilerMessage> messages, CompilationRecord record)
    {
        byte[] output = CompilerOutput.Encode([.. messages.Select(message => message.Normalise(session.Roots))]);
        var details = new EntryDetails(BuildSession.Creator, record.Took, _fingerprint, output);
        SaveResult saved = Wait(session.Catalog.SaveAsync(key, written, details));
        return record with { Bytes = saved.Entry.Bytes };
    }

    // The work is done in any case; the cache is asked whether it would have been the same.
    private CompilationRecord? Audit(IBuildEngine10 engine, CacheKey key, IReadOnlyList<PathToSave> written, CompilationRecord record)
    {
        if (Wait(session.Catalog.FindAsync(key)).Entry is not { } entry)
        {
            return null;
        }

        List<string> different = [.. written.Where(path => entry.Paths.FirstOrDefault(saved => saved.Path == path.Name)?.Digest != session.Hasher.Hash(path.FullPath).Digest).Select(path => path.Name)];
        if (different.Count == 0)
        {
            return record with { Outcome = CompilationOutcome.Audited, Reason = "the same as in the cache" };
        }

        string reason = $"differs from the cache in: {string.Join(", ", different)}";
        session.WarnOnce(engine, new BuildCacheException(ErrorId.AuditDifference,
            $"Compiling {_target} again gave other bytes for equal inputs ({string.Join(", ", different)}). Something that the compiler loads, an analyzer or a generator, is not repeatable; leave the project out of the cache by BuildCacheMode=Off until that is mended."));
        return record with { Outcome = CompilationOutcome.Audited, Reason = reason };
    }

    // It is good to know and nothing more: no store is worth a word of its own, or a save, for failing at it.
    private CompilationRecord TryExplain(CompilationRecord record)
    {
        try
        {
            return session.Catalog.Store.Entries.HasRestoreKeys ? Explain(record) : record with { Reason = "the cache does not have it, and cannot be asked for similar ones" };
        }
        catch (BuildCacheException error)
        {
            return record with { Reason = $"the cache could not tell why: {error.Message}" };
        }
    }

    private CompilationRecord Explain(CompilationRecord record)
    {
        CacheEntry? earlier = session.Catalog.ListAsync(_subject).ToBlockingEnumerable().FirstOrDefault(entry => entry.Key.Parts[1] == _target);
        if (earlier is null)
        {
            return record with { Reason = "the cache has nothing of it yet" };
        }

        if (TryReadFingerprint(earlier) is not { } before)
        {
            return record with { Reason = "the cache has lost what it knew of it" };
        }

        IReadOnlyList<FingerprintDifference> differences = _fingerprint!.DifferencesFrom(before);
        const int Shown = 5;
        string reason = differences.Count == 0
            ? "its entry was made in another folder and holds that folder's path"
            : string.Create(CultureInfo.InvariantCulture, $"{differences.Count} of {_fingerprint.Inputs.Length} inputs differ from the entry of {earlier.Created:u}: ")
                + string.Join(", ", differences.Take(Shown)) + (differences.Count > Shown ? ", …" : "");
        return record with
        {
            Reason = reason,
            OnlyPathDiffers = differences.Count == 0,
            OnlyCommitDiffers = differences.Count > 0 && differences.Any(IsOfCommit) && differences.All(difference => IsOfCommit(difference) || difference.Kind == "References"),
        };
    }

    private Fingerprint? TryReadFingerprint(CacheEntry entry)
    {
        try
        {
            return Wait(session.Catalog.ReadFingerprintAsync(entry));
        }
        catch (BuildCacheException error) when (error.Id == ErrorId.BlobCorrupt)
        {
            return null;
        }
    }

    // What the SDK derives from the commit: the informational version, among the generated assembly attributes, and SourceLink.
    private static bool IsOfCommit(FingerprintDifference difference) =>
        difference.Kind == "SourceLink"
        || (difference.Kind is "Sources" or "EmbeddedFiles" && Path.GetFileNameWithoutExtension(difference.Name).EndsWith(".AssemblyInfo", StringComparison.Ordinal));

    private CompilationRecord Bypass(IBuildEngine10 engine, string reason)
    {
        Say(engine, MessageImportance.Normal, $"{_target} is compiled without the cache: {reason}.");
        return Base with { Outcome = CompilationOutcome.Bypassed, Reason = reason };
    }

    private static void Say(IBuildEngine10 engine, MessageImportance importance, string text) =>
        engine.LogMessageEvent(new BuildMessageEventArgs("BuildCache: " + text, null, "BuildCache", importance));

    // A task is synchronous. The folder store answers at once; a remote one has its own threads.
    private static T Wait<T>(ValueTask<T> work) => work.IsCompletedSuccessfully ? work.Result : work.AsTask().GetAwaiter().GetResult();
}
