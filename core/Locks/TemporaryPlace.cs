using BuildCache.Files;

namespace BuildCache.Locks;

/// <summary>Names in a directory for what is being made or removed there. A lock beside them says that their process lives; what a dead one left is swept.</summary>
internal sealed class TemporaryPlace : IDisposable
{
    private readonly List<string> _used = [];
    private readonly FileLock? _lock;
    private bool _isKept;

    private TemporaryPlace(string path, FileLock? held) => (Path, _lock) = (path, held);

    /// <summary>Full path; nothing is there at first.</summary>
    public string Path { get; }

    /// <summary>Begins a place.</summary>
    /// <param name="directory">Full path of the directory that it is in.</param>
    /// <param name="needsLock">Whether a file system without locks is an error. Otherwise what this process leaves there if it dies is not swept.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.LockFailed"/>.</exception>
    public static TemporaryPlace Begin(string directory, bool needsLock = true)
    {
        while (true)
        {
            string path = System.IO.Path.Combine(directory, StagingName.New());
            try
            {
                // A sweeper may have it for a moment between its making and its locking.
                if (FileLock.TryTake(path + StagingName.LockSuffix, LockKind.Exclusive) is { } held)
                {
                    return new TemporaryPlace(path, held);
                }
            }
            catch (BuildCacheException error) when (!needsLock && error.Id == ErrorId.LockFailed)
            {
                DirectoryRemoval.TryRemove(path + StagingName.LockSuffix);
                return new TemporaryPlace(path, null);
            }
        }
    }

    /// <summary>One more name, beside <see cref="Path"/>.</summary>
    /// <param name="suffix">What tells it from others, without a leading <c>-</c>.</param>
    public string Beside(string suffix)
    {
        string path = $"{Path}-{suffix}";
        _used.Add(path);
        return path;
    }

    /// <summary>Removes what processes that died have left.</summary>
    /// <param name="directory">Full path of the directory that places are in.</param>
    /// <param name="recover">Is given the full path of a dead place, and says whether what belongs to it may be removed.</param>
    public static void Sweep(string directory, Func<string, bool>? recover = null)
    {
        foreach (string path in StagingNames.In(directory))
        {
            if (path.EndsWith(StagingName.TemporarySuffix, StringComparison.Ordinal))
            {
                AtomicFile.RemoveIfDead(path);
            }
            else if (path.EndsWith(StagingName.LockSuffix, StringComparison.Ordinal) && FileLock.TryTakeDead(path) is { } dead)
            {
                string place = path[..^StagingName.LockSuffix.Length];
                bool isOver = recover?.Invoke(place) != false;
                Release(dead, isOver ? StagingNames.Of(directory, System.IO.Path.GetFileName(place)) : null);
            }
        }
    }

    /// <summary>Leaves all that is there to a later sweep.</summary>
    public void Keep() => _isKept = true;

    /// <summary>Removes what was not moved to where it belongs.</summary>
    public void Dispose() => Release(_lock, _isKept ? null : [Path, .. _used]);

    // As long as something stays the lock file stays too, so that a later sweep tries again.
    private static void Release(FileLock? taken, IReadOnlyList<string>? paths)
    {
        bool isGone = paths is not null;
        foreach (string path in paths ?? [])
        {
            isGone &= DirectoryRemoval.TryRemove(path);
        }

        if (isGone)
        {
            taken?.DisposeAndDelete();
        }
        else
        {
            taken?.Dispose();
        }
    }
}
