using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.Files;
using BuildCache.Locks;
using BuildCache.Stores;
using BuildCache.Stores.File;

namespace BuildCache.Commands;

/// <summary>
/// The right to run a command, which one of all that share a folder store has at a time. It is lost with the process that has it and
/// with all that this one has started for the command: what runs on may still write.
/// </summary>
internal sealed class Flight : IDisposable
{
    private readonly FileLock _lock;

    private Flight(string name, FileLock taken) => (Name, _lock) = (name, taken);

    /// <summary>What stands for the key.</summary>
    public string Name { get; }

    /// <summary>Waits for whoever runs the same command.</summary>
    /// <param name="store">The store that the command will be saved in.</param>
    /// <param name="key">The digest of its key.</param>
    /// <param name="request">The command.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <param name="withoutNote">How long to wait while nothing says who runs it, if not as long as usual.</param>
    /// <exception cref="BuildCacheException">
    /// <see cref="ErrorId.InvalidCommand"/>: the command runs inside of itself.
    /// <see cref="ErrorId.LockTimeout"/>: it was waited for long enough.
    /// <see cref="ErrorId.LockFailed"/> or <see cref="ErrorId.StoreUnavailable"/>: there is no place for a lock.
    /// </exception>
    public static async ValueTask<Flight> TakeAsync(CacheStore store, Digest key, CommandRequest request, CancellationToken cancellationToken, TimeSpan? withoutNote = null)
    {
        string name = key.Hash;
        if (request.Within.Contains(name))
        {
            throw InsideOfItself(request);
        }

        // Whoever shares the nearest folder shares its locks; that may be several machines.
        FileStore? folder = store.Tiers.Where(tier => !tier.IsReadOnly).Select(tier => tier.Store.Place).OfType<FileStore>().FirstOrDefault();
        string path = Path.Combine(folder is null ? MakeOwn() : folder.MakeFlights(), name);
        FileLock taken = FileLock.TryTake(path, LockKind.Exclusive) ?? await WaitAsync(path, name, request, withoutNote ?? Ceilings.FlightWithoutNote, cancellationToken);
        FlightNote.Leave(path);
        return new Flight(name, taken);
    }

    /// <summary>Lets processes that are started meanwhile keep others from running the command, should this process be killed.</summary>
    public IDisposable? LendLock() => _lock.LendToChildren();

    /// <summary>Lets the next one run, or find what was saved.</summary>
    public void Dispose()
    {
        FlightNote.Remove(_lock.Path);
        _lock.DisposeAndDelete();
    }

    // Who may only read a shared folder can hold a lock in it for ever, but leave no note; who may write there can leave any.
    private static async ValueTask<FileLock> WaitAsync(string path, string name, CommandRequest request, TimeSpan withoutNote, CancellationToken cancellationToken)
    {
        RefuseInside(path, name, request);
        long started = TimeProvider.System.GetTimestamp();
        FileLock? taken = await FileLock.TakeAsync(path, LockKind.Exclusive, Tell, withoutNote, cancellationToken: cancellationToken);
        while (taken is null && FlightNote.Read(path) is not null && TimeProvider.System.GetElapsedTime(started) < Ceilings.Flight)
        {
            taken = await FileLock.TakeAsync(path, LockKind.Exclusive, withoutNote, cancellationToken: cancellationToken);
        }

        return taken ?? throw new BuildCacheException(ErrorId.LockTimeout,
            $"Waited {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0} s for '{string.Join(' ', request.Name)}', whose lock '{path}' is held by {FlightNote.Read(path)?.ToString() ?? "a process that does not say what it runs"}. The command runs without waiting any longer. Look which process holds that file, and who may read the folder.");


        void Tell()
        {
            // Who holds it may have left its note only after the first look.
            RefuseInside(path, name, request);
            request.Waiting?.Invoke($"Waiting for '{string.Join(' ', request.Name)}', which is run with equal inputs by {FlightNote.Read(path)?.ToString() ?? "another process"}.");
        }
    }

    private static void RefuseInside(string path, string name, CommandRequest request)
    {
        if (FlightNote.Read(path)?.IsAbove(name) == true)
        {
            throw InsideOfItself(request);
        }
    }

    private static BuildCacheException InsideOfItself(CommandRequest request) => new(ErrorId.InvalidCommand,
        $"The command '{string.Join(' ', request.Name)}' runs inside of itself with equal inputs. Give the inner one another key, or name as an input what makes it another.");

    private static string MakeOwn()
    {
        try
        {
            NewDirectory.MakePrivate(UserDirectories.Flights);
            return UserDirectories.Flights;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BuildCacheException(ErrorId.LockFailed,
                $"'{UserDirectories.Flights}' cannot be made ({error.Message}). Check that this user may write there; {UserDirectories.HomeVariable} names another place.", error);
        }
    }
}
