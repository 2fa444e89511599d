using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Keys;

namespace BuildCache.Commands;

/// <summary>Runs commands once: what has run with equal inputs is replayed, what runs at this moment elsewhere is waited for.</summary>
/// <remarks>A problem with the store never stops a command. It runs then as if there were no cache, and the run tells of the problem.</remarks>
/// <param name="catalog">The entries.</param>
/// <param name="mode">How the cache is used.</param>
/// <param name="memory">Remembers the digests of inputs, or none.</param>
public sealed class CommandCache(EntryCatalog catalog, CacheMode mode, HashMemory? memory = null)
{
    private const string KeyPart = "command";

    // As many damaged entries are passed over as a lookup passes over stale ones.
    private const int MostDamaged = 10;

    private readonly FileHasher _hasher = new(memory);

    /// <summary>Finds what the command made before and puts it in place, or gives leave to run it.</summary>
    /// <param name="request">The command.</param>
    /// <param name="cancellationToken">Stops, also while it waits for another process that runs the same.</param>
    /// <exception cref="BuildCacheException">
    /// The command is not declared right, and nothing was done: <see cref="ErrorId.InvalidCommand"/>, <see cref="ErrorId.PathOutsideWorkspace"/>,
    /// <see cref="ErrorId.InvalidGlob"/>, <see cref="ErrorId.InputNotFound"/>, <see cref="ErrorId.InputChanged"/>, <see cref="ErrorId.InvalidCacheKey"/>.
    /// </exception>
    public async ValueTask<CommandRun> BeginAsync(CommandRequest request, CancellationToken cancellationToken = default)
    {
        var run = new CommandRun(request);
        if (mode == CacheMode.Off)
        {
            run.Reason = "the cache is off";
            return run;
        }

        var outputs = new CommandOutputs(request.Root, request.Outputs);
        CommandInputs inputs = request.Inputs with { Others = [.. request.Inputs.Others, .. outputs.AsInputs()] };
        Fingerprint fingerprint = inputs.Take(request.Root, _hasher, run.Report, cancellationToken);
        outputs.RefuseInputs(fingerprint, inputs.Globs);
        if (outputs.LinkAtOutput is { } link)
        {
            run.Reason = $"the output '{link}' is a link";
            run.Report(OutputLinks.Unsupported(link, isMade: false));
            return run;
        }

        CacheKey[] keys = [.. request.Scopes.Select(scope => CacheKey.Create(scope, [KeyPart, .. request.Name, fingerprint.Digest.Hash]))];
        try
        {
            var saver = new CommandSaver(catalog, mode, request, inputs, outputs, _hasher, fingerprint, keys[0]);
            await BeginAsync(run, saver, outputs, keys, cancellationToken);
            if (run.Recording is null)
            {
                Clear(run, () => run.Aside = outputs.MoveAside(cancellationToken));
            }

            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    private async ValueTask BeginAsync(CommandRun run, CommandSaver saver, CommandOutputs outputs, CacheKey[] keys, CancellationToken cancellationToken)
    {
        bool reads = mode.Reads();
        bool writes = mode.Writes() && catalog.Store.AcceptsWrites;
        if (reads)
        {
            (bool isHit, bool answered) = await TryReplayAsync(run, saver, outputs, keys, cancellationToken);
            if (!isHit && answered && writes)
            {
                run.Hold(await TakeFlightAsync(run, saver.Request, keys[0], cancellationToken));
                // Whoever ran it until now may have saved it.
                (isHit, answered) = await TryReplayAsync(run, saver, outputs, keys, cancellationToken);
            }

            if (isHit)
            {
                run.Dispose();
                return;
            }

            // One that has not answered is not asked to take something.
            writes &= answered;
            run.Reason = answered ? await ExplainAsync(saver, cancellationToken) : "the store did not answer";
        }
        else
        {
            run.Reason = $"the mode is {mode}";
        }

        run.Saver = writes || mode == CacheMode.Audit ? saver : null;
    }

    private async ValueTask<(bool IsHit, bool Answered)> TryReplayAsync(
        CommandRun run, CommandSaver saver, CommandOutputs outputs, CacheKey[] keys, CancellationToken cancellationToken)
    {
        foreach (CacheKey key in keys)
        {
            for (int damaged = 0; damaged < MostDamaged; damaged++)
            {
                try
                {
                    if ((await catalog.FindAsync(key, cancellationToken: cancellationToken)).Entry is not { } entry)
                    {
                        break;
                    }

                    CommandRecording recording = await ReadAsync(entry, cancellationToken);
                    if (recording.IsFailure && !saver.Request.KeepsFailures)
                    {
                        // Kept for those who ask for failures. A success takes its place.
                        saver.Replaces |= key.Equals(keys[0]);
                        break;
                    }

                    RefuseForeign(entry, recording, saver.Request, outputs);
                    outputs.RefuseLinks(entry);
                    await RestoreAsync(entry, saver.Request.Root, cancellationToken);
                    Clear(run, () => outputs.ClearBeside(entry, cancellationToken));
                    (run.Entry, run.Recording) = (entry, recording);
                    return (true, true);
                }
                catch (BuildCacheException error) when (error.Id == ErrorId.BlobMissing)
                {
                    // The catalog has removed it; there may be another one in a farther store.
                }
                catch (BuildCacheException error) when (error.IsStoreFailure)
                {
                    run.Report(error);
                    return (false, false);
                }
                catch (BuildCacheException error)
                {
                    // It cannot be read by this version, or by any. What the command makes takes its place.
                    run.Report(error);
                    saver.Replaces |= key.Equals(keys[0]) && error.Id == ErrorId.BlobCorrupt;
                    break;
                }
            }
        }

        return (false, true);
    }

    // What is right already keeps its time, so that nothing that depends on it is made again.
    private async ValueTask RestoreAsync(CacheEntry entry, string root, CancellationToken cancellationToken)
    {
        IReadOnlyList<SavedPath> missing = OutputComparison.NotThere(entry, root, _hasher, cancellationToken);
        if (missing.Count > 0)
        {
            // The record of the store stands for the whole entry: what of it was restored goes into nearer stores.
            CacheEntry restored = missing.Count == entry.Paths.Count ? entry : entry with { Paths = missing, Trees = entry.Trees?.Of(missing), Indexed = null };
            await catalog.RestoreAsync(restored, root, new RestoreOptions { Times = RestoredTimes.OneForAll }, cancellationToken: cancellationToken);
        }
    }

    private async ValueTask<CommandRecording> ReadAsync(CacheEntry entry, CancellationToken cancellationToken) =>
        entry.Output is not { Size: <= Ceilings.Recording } ? throw NotOf(entry)
            : RecordingCodec.Decode(await catalog.ReadOutputAsync(entry, cancellationToken)
                ?? throw new BuildCacheException(ErrorId.BlobCorrupt, $"The store has lost what the command of the entry {entry.Key} wrote. The command runs anew."));

    private void RefuseForeign(CacheEntry entry, CommandRecording recording, CommandRequest request, CommandOutputs outputs)
    {
        if (!outputs.Accepts(entry, isWhole: !recording.IsFailure) || (!request.WritesObjects && recording.Items.Any(item => item.IsObject)))
        {
            throw NotOf(entry);
        }
    }

    private BuildCacheException NotOf(CacheEntry entry) =>
        new(ErrorId.BlobCorrupt, $"The entry {entry.Key} is not what this command makes. It is not used; remove it, and ask who writes to the store {catalog.Store.Uri}.");

    // Without a place for the lock the command runs all the same, perhaps twice.
    private async ValueTask<Flight?> TakeFlightAsync(CommandRun run, CommandRequest request, CacheKey key, CancellationToken cancellationToken)
    {
        try
        {
            return await Flight.TakeAsync(catalog.Store, key.Digest, request, cancellationToken);
        }
        catch (BuildCacheException error) when (error.Id != ErrorId.InvalidCommand)
        {
            run.Report(error);
            return null;
        }
    }

    private async ValueTask<string> ExplainAsync(CommandSaver saver, CancellationToken cancellationToken)
    {
        CacheKey work = CacheKey.Create(saver.Key.Scope, saver.Key.Parts[..^1]);
        MissExplanation why = await MissExplanation.OfAsync(catalog, work, mostFurtherParts: 1, saver.Fingerprint, cancellationToken);
        return why.Unknown ?? why.Describe(why.Differences, saver.Fingerprint);
    }

    // What cannot be moved or removed the command meets as it would without a cache.
    private static void Clear(CommandRun run, Action clear)
    {
        try
        {
            clear();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            run.Refuse(new BuildCacheException(ErrorId.InvalidCommand, $"The existing outputs of the command cannot be moved or removed ({error.Message}). It is not saved this time; check that this user may write there.", error));
        }
    }
}
