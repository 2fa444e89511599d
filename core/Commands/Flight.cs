using BuildCache.Configuration;
using BuildCache.Content;
using BuildCache.Locks;
using BuildCache.Stores;
using BuildCache.Stores.File;

namespace BuildCache.Commands;

/// <summary>The right to run a command, which one of all that share a folder store has at a time. It is lost with the process that has it.</summary>
internal sealed class Flight : IDisposable
{
    /// <summary>The environment variable that tells a process which runs it happens inside of.</summary>
    public const string Variable = "BUILDCACHE_FLIGHTS";

    private const char Separator = ',';

    private readonly FileLock _lock;

    private Flight(string name, FileLock taken) => (Name, _lock) = (name, taken);

    /// <summary>What stands for the key.</summary>
    public string Name { get; }

    /// <summary>Waits for whoever runs the same command.</summary>
    /// <param name="store">The store that the command will be saved in.</param>
    /// <param name="key">The digest of its key.</param>
    /// <param name="within">Runs that this one happens inside of. It does not wait for itself.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <returns><see langword="null"/> when the command runs inside of itself.</returns>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.LockFailed"/> or <see cref="ErrorId.StoreUnavailable"/>: there is no place for a lock.</exception>
    public static async ValueTask<Flight?> TakeAsync(CacheStore store, Digest key, IReadOnlyCollection<string> within, CancellationToken cancellationToken)
    {
        string name = key.Hash;
        if (within.Contains(name) || Inherited().Contains(name))
        {
            return null;
        }

        // Whoever shares the nearest folder shares its locks; that may be several machines.
        FileStore? folder = store.Tiers.Where(tier => !tier.IsReadOnly).Select(tier => tier.Store).OfType<FileStore>().FirstOrDefault();
        string directory = folder is null ? MakeOwn() : folder.MakeFlights();
        return new Flight(name, (await FileLock.TakeAsync(Path.Combine(directory, name), LockKind.Exclusive, cancellationToken: cancellationToken))!);
    }

    /// <summary>What a child process is told, so that it does not wait for its own parent.</summary>
    public static string Within(string flight) => string.Join(Separator, [.. Inherited(), flight]);

    /// <summary>Lets the next one run, or find what was saved.</summary>
    public void Dispose() => _lock.DisposeAndDelete();

    private static string[] Inherited() => (Environment.GetEnvironmentVariable(Variable) ?? "").Split(Separator, StringSplitOptions.RemoveEmptyEntries);

    private static string MakeOwn()
    {
        try
        {
            return Directory.CreateDirectory(UserDirectories.Flights).FullName;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BuildCacheException(ErrorId.LockFailed,
                $"'{UserDirectories.Flights}' cannot be made ({error.Message}). Check that this user may write there; {UserDirectories.HomeVariable} names another place.", error);
        }
    }
}
