using System.Globalization;
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
    private const char AfterProcess = '-';

    private static readonly Lock s_gate = new();
    private static readonly List<string> s_told = [];

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
    public static string Within(string flight) => string.Join(Separator, [.. All(), Told(flight)]);

    /// <summary>Tells every process that this one starts from now on.</summary>
    /// <returns>Ends that.</returns>
    public static IDisposable TellChildren(string flight)
    {
        Tell(told => told.Add(Told(flight)));
        return new Telling(flight);
    }

    /// <summary>Lets the next one run, or find what was saved.</summary>
    public void Dispose() => _lock.DisposeAndDelete();

    // Whoever in this process is inside of a run says so itself; what this process tells its children says nothing of that.
    private static IEnumerable<string> Inherited() =>
        All().Select(told => told.Split(AfterProcess)).Where(told => told is [var process, _] && process != ProcessId).Select(told => told[1]);

    private static string[] All() => (Environment.GetEnvironmentVariable(Variable) ?? "").Split(Separator, StringSplitOptions.RemoveEmptyEntries);

    private static string Told(string flight) => $"{ProcessId}{AfterProcess}{flight}";

    private static string ProcessId => Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    // Several threads of one process may each be in a run.
    private static void Tell(Action<List<string>> change)
    {
        lock (s_gate)
        {
            string[] others = [.. All().Except(s_told)];
            change(s_told);
            string all = string.Join(Separator, [.. others, .. s_told]);
            Environment.SetEnvironmentVariable(Variable, all.Length > 0 ? all : null);
        }
    }

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

    private sealed class Telling(string flight) : IDisposable
    {
        public void Dispose() => Tell(told => told.Remove(Told(flight)));
    }
}
