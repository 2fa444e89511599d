using BuildCache.Content;
using BuildCache.Entries;
using BuildCache.Keys;
using BuildCache.Volumes;

namespace BuildCache.Commands;

/// <summary>One use of a cached command: a recording to replay, or leave to run it and a place to bring the recording of that.</summary>
/// <remarks>Whoever gets one runs the command if <see cref="Recording"/> is <see langword="null"/>, then calls <see cref="CompleteAsync"/>, and disposes of it in any case: others wait for that.</remarks>
public sealed class CommandRun : IDisposable
{
    private readonly CommandRequest _request;
    private readonly List<BuildCacheException> _problems = [];
    private Flight? _flight;

    internal CommandRun(CommandRequest request) => _request = request;

    /// <summary>What the command wrote when it ran; its outputs are in place. <see langword="null"/> when it has to run.</summary>
    public CommandRecording? Recording { get; internal set; }

    /// <summary>The entry that was replayed, or that the command was saved as.</summary>
    public CacheEntry? Entry { get; internal set; }

    /// <summary>Why the command has to run, for people.</summary>
    public string Reason { get; internal set; } = "";

    /// <summary>What a run that happens inside of this one names in <see cref="CommandRequest.Within"/>, or nothing.</summary>
    public string? Flight => _flight?.Name;

    /// <summary>Tells the processes that this one starts that they run inside of this command, so that none of them waits for it, and has them hold its lock too.</summary>
    /// <param name="hold">The volumes that are held for it.</param>
    /// <returns>Ends that.</returns>
    public IDisposable TellChildren(VolumeHold? hold = null) => new Telling(Nesting.Tell(NamesFor(hold)), LendLock());

    /// <summary>What the command is told that it runs inside of: what runs within it names that in <see cref="CommandRequest.Within"/>.</summary>
    /// <param name="hold">The volumes that are held for it.</param>
    public IReadOnlyList<string> NamesFor(VolumeHold? hold) => [.. Flight is { } flight ? (string[])[flight] : [], .. CommandVolumes.NamesOf(hold)];

    /// <summary>Lends its lock to the processes that are started until what this gives is disposed of.</summary>
    internal IDisposable? LendLock() => _flight?.LendLock();

    /// <summary>How what the command made is kept; <see langword="null"/> when it is not.</summary>
    internal CommandSaver? Saver { get; set; }

    /// <summary>The previous outputs, until the command has succeeded; <see langword="null"/> when none were moved.</summary>
    internal OutputsAside? Aside { get; set; }

    /// <summary>Takes what came up with the cache since the last call. None of it has to do with the command.</summary>
    public IReadOnlyList<BuildCacheException> TakeProblems()
    {
        BuildCacheException[] problems = [.. _problems];
        _problems.Clear();
        return problems;
    }

    /// <summary>Keeps what the command has made and written, if it may be kept. After a failure that is not kept, its previous outputs come back.</summary>
    /// <param name="recording">What it wrote, or <see langword="null"/> when that was too much.</param>
    /// <param name="succeeded">Whether it succeeded.</param>
    /// <param name="took">How long it took.</param>
    /// <param name="cancellationToken">Stops the saving.</param>
    public async ValueTask CompleteAsync(CommandRecording? recording, bool succeeded, TimeSpan took, CancellationToken cancellationToken = default)
    {
        if (!(succeeded || _request.KeepsFailures))
        {
            _problems.AddRange(Aside?.PutBack() ?? []);
            return;
        }

        if (Aside is { } aside)
        {
            aside.IsReplaced = true;
        }

        if (Saver is null)
        {
            return;
        }

        try
        {
            Entry = await Saver.SaveAsync(this, recording is null || succeeded ? recording : recording with { IsFailure = true }, succeeded, took, cancellationToken);
        }
        catch (BuildCacheException error)
        {
            Report(error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Report(new BuildCacheException(ErrorId.StoreUnavailable, $"The command was not saved: {error.Message}", error));
        }
    }

    /// <summary>Says that what the command made must not be kept.</summary>
    /// <param name="why">The problem to tell of.</param>
    public void Refuse(BuildCacheException why)
    {
        Saver = null;
        Report(why);
    }

    /// <summary>Lets go of the command: who waits for it goes on. Without <see cref="CompleteAsync"/> before, its previous outputs come back.</summary>
    public void Dispose()
    {
        // First, so that the next one does not meet what is being moved.
        Aside?.Dispose();
        Aside = null;
        Interlocked.Exchange(ref _flight, null)?.Dispose();
    }

    internal void Hold(Flight? flight) => _flight = flight;

    internal void Report(BuildCacheException problem)
    {
        // What is looked for twice is missed twice, for the same reason.
        if (!_problems.Exists(known => known.Id == problem.Id && known.Message == problem.Message))
        {
            _problems.Add(problem);
        }
    }

    private sealed class Telling(IDisposable told, IDisposable? loan) : IDisposable
    {
        public void Dispose()
        {
            loan?.Dispose();
            told.Dispose();
        }
    }
}
