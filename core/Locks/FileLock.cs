using System.Runtime.InteropServices;
using BuildCache.Files;
using Microsoft.Win32.SafeHandles;

namespace BuildCache.Locks;

/// <summary>A lock between processes of one machine, on a file. The system lets go of it when its holder dies, however it dies.</summary>
/// <remarks>
/// Not an age that a holder renews: one that is stopped or starved for a while would lose it, and nobody would know for how long
/// to wait for a dead one.
/// </remarks>
public sealed class FileLock : IDisposable
{
    private static readonly TimeSpan s_shortestPause = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(50);

    // A shorter wait is not told of.
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(5);

    private readonly SafeFileHandle _file;

    private FileLock(string path, SafeFileHandle file) => (Path, _file) = (path, file);

    /// <summary>Full path of the file.</summary>
    public string Path { get; }

    /// <summary>Takes a lock if nobody is in the way.</summary>
    /// <param name="path">Full path of the file, which is made if it is not there; its directory must be there.</param>
    /// <param name="kind">Who else may hold it.</param>
    /// <returns><see langword="null"/> when somebody holds it.</returns>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.LockFailed"/>: the file cannot be made, or its file system has no locks.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such directory.</exception>
    public static FileLock? TryTake(string path, LockKind kind)
    {
        while (true)
        {
            SafeFileHandle? file = null;
            try
            {
                file = Open(path, kind);
                if (file is null || (!OperatingSystem.IsWindows() && !Lock(path, file, kind)))
                {
                    return null;
                }

                // Whoever held it before may have deleted the file, and another may stand there by now: a lock on a file
                // without a name keeps nobody out.
                if (OperatingSystem.IsWindows() || IsStillNamed(path, file))
                {
                    var taken = new FileLock(path, file);
                    file = null;
                    return taken;
                }
            }
            catch (Exception error) when (error is UnauthorizedAccessException or IOException and not DirectoryNotFoundException)
            {
                throw Failed(path, error.Message, error);
            }
            finally
            {
                file?.Dispose();
            }
        }
    }

    /// <summary>Takes a lock, and waits for whoever is in the way.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="kind">Who else may hold it.</param>
    /// <param name="timeout">How long to wait; <see langword="null"/> for as long as it takes.</param>
    /// <param name="clock">Tells how long it took.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <returns><see langword="null"/> when the time was over.</returns>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.LockFailed"/>.</exception>
    public static async ValueTask<FileLock?> TakeAsync(
        string path, LockKind kind, TimeSpan? timeout = null, TimeProvider? clock = null, CancellationToken cancellationToken = default)
    {
        clock ??= TimeProvider.System;
        long started = clock.GetTimestamp();
        TimeSpan pause = s_shortestPause;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryTake(path, kind) is { } taken)
            {
                return taken;
            }

            TimeSpan left = timeout is { } limit ? limit - clock.GetElapsedTime(started) : TimeSpan.MaxValue;
            if (left <= TimeSpan.Zero)
            {
                return null;
            }

            // Spread out, so that many that wait do not all look at the same moment.
            TimeSpan next = pause * (0.5 + Random.Shared.NextDouble());
            await Task.Delay(next < left ? next : left, clock, cancellationToken);
            pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
        }
    }

    /// <summary>Takes a lock, waits for whoever is in the way, and tells of that when it has waited for some seconds.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="kind">Who else may hold it.</param>
    /// <param name="waiting">Tells of it, once, on any thread. What it throws ends the waiting.</param>
    /// <param name="timeout">How long to wait; <see langword="null"/> for as long as it takes. A time that is over by then is not told of.</param>
    /// <param name="clock">Tells how long it took.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <inheritdoc cref="TakeAsync(string, LockKind, TimeSpan?, TimeProvider?, CancellationToken)"/>
    internal static async ValueTask<FileLock?> TakeAsync(
        string path, LockKind kind, Action waiting, TimeSpan? timeout = null, TimeProvider? clock = null, CancellationToken cancellationToken = default)
    {
        if (timeout <= s_silence)
        {
            return await TakeAsync(path, kind, timeout, clock, cancellationToken);
        }

        if (await TakeAsync(path, kind, s_silence, clock, cancellationToken) is { } soon)
        {
            return soon;
        }

        waiting();
        return await TakeAsync(path, kind, timeout - s_silence, clock, cancellationToken);
    }

    /// <summary>Deletes the files of locks whose holders died.</summary>
    /// <param name="directory">Full path of a directory that has locks alone, or of none.</param>
    public static void SweepDead(string directory)
    {
        try
        {
            foreach (string path in Directory.Exists(directory) ? Directory.GetFiles(directory) : [])
            {
                TryTakeDead(path)?.DisposeAndDelete();
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // They do no harm.
        }
    }

    /// <summary>Takes a lock that is there, alone, if no process holds it.</summary>
    /// <returns><see langword="null"/> also where there is none, and where it cannot be taken.</returns>
    internal static FileLock? TryTakeDead(string path)
    {
        try
        {
            // Only what a lock makes: a link leads elsewhere, who opens a pipe waits, and to ask for one that is gone would make it.
            return new FileInfo(path) is { LinkTarget: null } && FileStamp.Read(path) is not null ? TryTake(path, LockKind.Exclusive) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or BuildCacheException)
        {
            // Another user's, or on a file system without locks.
            return null;
        }
    }

    /// <summary>Lets go, and deletes the file. Only for who holds it alone: those that wait for it find out.</summary>
    public void DisposeAndDelete()
    {
        if (OperatingSystem.IsWindows())
        {
            _file.Dispose();
        }

        try
        {
            File.Delete(Path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Another holds it by now, or it stays and does no harm.
        }

        Dispose();
    }

    /// <summary>Lets go, also for the processes that it was lent to.</summary>
    public void Dispose()
    {
        if (!OperatingSystem.IsWindows() && !_file.IsClosed)
        {
            // To close it would let go for this process alone.
            const int Unlock = 8;
            _ = flock(_file, Unlock);
        }

        _file.Dispose();
    }

    /// <summary>Lends the lock to all processes that are started from now on, until what this gives is disposed of: should this process be killed, the lock is held until they have ended too.</summary>
    /// <returns><see langword="null"/> where the platform cannot do that: on Windows they would hold it even after it was let go of here.</returns>
    public IDisposable? LendToChildren()
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        // A duplicate stands for the same lock, and unlike a file that .NET opens it goes on to child processes.
        int duplicate = dup(_file);
        return duplicate < 0 ? null : new SafeFileHandle(duplicate, ownsHandle: true);
    }

    private static SafeFileHandle? Open(string path, LockKind kind)
    {
        // Of a file that another holds, .NET gives the error of the system: ERROR_SHARING_VIOLATION, EWOULDBLOCK.
        int isHeld = OperatingSystem.IsWindows() ? unchecked((int)0x80070020) : WouldBlock;
        try
        {
            return kind == LockKind.Shared
                ? File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Read, FileShare.Read)
                : File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error) when (error.HResult == isHeld)
        {
            return null;
        }
    }

    private static int WouldBlock => OperatingSystem.IsLinux() ? 11 : 35;

    // Opening the file has locked it already, where .NET was not told to leave locks alone and the file system has any; asking
    // again for the same is how to know.
    private static bool Lock(string path, SafeFileHandle file, LockKind kind)
    {
        const int LockShared = 1, LockExclusive = 2, DoNotWait = 4;
        const int Interrupted = 4;
        while (flock(file, (kind == LockKind.Shared ? LockShared : LockExclusive) | DoNotWait) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error == WouldBlock)
            {
                return false;
            }

            if (error != Interrupted)
            {
                throw Failed(path, Marshal.GetPInvokeErrorMessage(error));
            }
        }

        return true;
    }

    private static bool IsStillNamed(string path, SafeFileHandle file)
    {
        if (OperatingSystem.IsLinux())
        {
            FileStamp? named = FileStamp.Read(path);
            return named is not null && FileStamp.Read($"/proc/self/fd/{file.DangerousGetHandle()}")?.FileId == named.Value.FileId;
        }

        return File.Exists(path) && File.GetCreationTimeUtc(file) == File.GetCreationTimeUtc(path);
    }

    private static BuildCacheException Failed(string path, string why, Exception? cause = null) =>
        new(ErrorId.LockFailed, $"'{path}' cannot be locked ({why}). Check that this user may write there, and that its file system has locks.", cause);

    [DllImport("libc", EntryPoint = "dup", ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int dup(SafeFileHandle file);

    [DllImport("libc", EntryPoint = "flock", ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int flock(SafeFileHandle file, int operation);
}
