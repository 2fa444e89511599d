using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Files;
using BuildCache.Keys;

namespace BuildCache.Commands;

/// <summary>Decides whether what a command made may be kept, and keeps it, or compares it with what was kept before.</summary>
internal sealed class CommandSaver(
    EntryCatalog catalog, CacheMode mode, CommandRequest request, CommandInputs inputs, CommandOutputs outputs, FileHasher hasher, Fingerprint fingerprint, CacheKey key)
{
    public CommandRequest Request => request;

    /// <summary>The inputs before the command ran.</summary>
    public Fingerprint Fingerprint => fingerprint;

    /// <summary>What it is saved under.</summary>
    public CacheKey Key => key;

    /// <summary>Whether the entry that is there is no good.</summary>
    public bool Replaces { get; set; }

    /// <returns>The entry, or <see langword="null"/> when nothing was saved; the run is told why.</returns>
    public async ValueTask<CacheEntry?> SaveAsync(CommandRun run, CommandRecording? recording, bool succeeded, TimeSpan took, CancellationToken cancellationToken)
    {
        IReadOnlyList<PathToSave> made = outputs.Find(out IReadOnlyList<string> missing, cancellationToken);
        byte[]? output = recording is null ? null : RecordingCodec.Encode(recording);
        if ((WhyNotComplete(missing, succeeded) ?? WhyNotStable(cancellationToken) ?? WhyNotWhole(recording) ?? WhyNotShort(output) ?? WhyNotPublic(recording!, made, cancellationToken) ?? WhyNotReplayable(recording!)) is { } problem)
        {
            run.Report(problem);
            return null;
        }

        if (mode == CacheMode.Audit)
        {
            await AuditAsync(run, made, output!, cancellationToken);
            return null;
        }

        var details = new EntryDetails(request.Creator, took, fingerprint, output) { Keeps = OutputComparison.Kept };
        return (await catalog.SaveAsync(key, made, details, Replaces, cancellationToken: cancellationToken)).Entry;
    }

    private static BuildCacheException? WhyNotComplete(IReadOnlyList<string> missing, bool succeeded) =>
        missing.Count == 0 || !succeeded ? null : new BuildCacheException(ErrorId.OutputNotFound,
            $"The command succeeded and did not make {string.Join(", ", missing.Select(path => $"'{path}'"))}. It is not saved; name the outputs that it makes.");

    // What was edited meanwhile may be in the outputs and is not in the key.
    private BuildCacheException? WhyNotStable(CancellationToken cancellationToken)
    {
        Fingerprint now = inputs.Take(request.Root, hasher, notice: null, cancellationToken);
        return now.Digest == fingerprint.Digest ? null : new BuildCacheException(ErrorId.InputChanged,
            $"Inputs of the command changed while it ran: {string.Join(", ", now.DifferencesFrom(fingerprint).Take(5))}. It is not saved. Leave alone what it reads while it runs; if it changes them itself, or writes what an input glob matches, they are no inputs.");
    }

    private static BuildCacheException? WhyNotWhole(CommandRecording? recording) =>
        recording?.IsComplete != false ? null : new BuildCacheException(ErrorId.OutputIncomplete,
            "The command ended and left something running in the background that kept its output open, so what it wrote may not be whole. It is not saved; have it wait for what it starts, or send the output of that elsewhere, as in '> log.txt 2>&1'.");

    private static BuildCacheException? WhyNotShort(byte[]? output) =>
        output is not null ? null : new BuildCacheException(ErrorId.InvalidCommand,
            $"The command wrote more than the {Ceilings.Recording / 1024 / 1024} MiB that are kept. It is not saved; have it write a file.");

    private BuildCacheException? WhyNotPublic(CommandRecording recording, IReadOnlyList<PathToSave> made, CancellationToken cancellationToken) =>
        request.Secrets.Count == 0 || new SecretScan(request.Secrets).Find(request, fingerprint, recording, made, cancellationToken) is not { } place ? null
            : new BuildCacheException(ErrorId.SecretInOutput, $"A secret that the command was given stands in {place}. It is not saved; keep the secret out of what the command writes.");

    private static BuildCacheException? WhyNotReplayable(CommandRecording recording) => ReplayCheck.WhyNot(recording.Items) switch
    {
        null => null,
        TextFlaw.CiCommand => new BuildCacheException(ErrorId.OutputNotReplayable,
            "The command writes a command for the CI service (as '##vso[…]' or '::name::' is), and none of those come out of a cache. It is not saved; do that in a step of its own, or have the command write plain text."),
        TextFlaw.NotText => new BuildCacheException(ErrorId.OutputNotReplayable,
            "The command writes half of a surrogate pair, which cannot be stored as text. It is not saved; have it write a file."),
        _ => new BuildCacheException(ErrorId.OutputNotReplayable,
            "The command writes control characters or terminal sequences other than colours, and none of those come out of a cache. It is not saved; have it write plain text (NO_COLOR=1 or TERM=dumb tell many programs so), or a file."),
    };

    private async ValueTask<bool> IsFailureOfOthersAsync(CacheEntry entry, CancellationToken cancellationToken) =>
        !request.KeepsFailures && await catalog.ReadOutputAsync(entry, cancellationToken) is { } output && RecordingCodec.Decode(output).IsFailure;

    private async ValueTask AuditAsync(CommandRun run, IReadOnlyList<PathToSave> made, byte[] output, CancellationToken cancellationToken)
    {
        if ((await catalog.FindAsync(key, cancellationToken: cancellationToken)).Entry is not { } entry || await IsFailureOfOthersAsync(entry, cancellationToken))
        {
            run.Reason = "nothing to compare it with";
            return;
        }

        List<string> different = [.. OutputComparison.Differences(made, entry, hasher, cancellationToken)];
        if (entry.Output != Digest.Of(output))
        {
            different.Add("what it prints");
        }

        run.Reason = different.Count == 0 ? "the same as in the cache" : $"differs from the cache in {string.Join(", ", different)}";
        if (different.Count > 0)
        {
            run.Report(new BuildCacheException(ErrorId.AuditDifference,
                $"Running '{string.Join(' ', request.Name)}' again gave other results for equal inputs ({string.Join(", ", different)}). It is not repeatable, or depends on something that is not named as an input."));
        }
    }
}
