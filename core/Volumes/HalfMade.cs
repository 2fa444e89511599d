using BuildCache.Locks;

namespace BuildCache.Volumes;

/// <summary>A directory while it is being made or removed. A lock says that somebody is at it; what the dead leave behind is swept.</summary>
internal sealed class HalfMade : IDisposable
{
    private const string LockSuffix = ".lock";
    private readonly FileLock _lock;

    private HalfMade(string path, FileLock held) => (Path, _lock) = (path, held);

    /// <summary>Full path; nothing is there at first.</summary>
    public string Path { get; }

    public static HalfMade Begin(VolumeFiles files)
    {
        while (true)
        {
            string path = System.IO.Path.Combine(files.Temporaries, VolumeFiles.NewName());
            // A sweeper may have it for a moment between its making and its locking.
            if (FileLock.TryTake(path + LockSuffix, LockKind.Exclusive) is { } held)
            {
                return new HalfMade(path, held);
            }
        }
    }

    /// <summary>Removes what processes that died have left.</summary>
    public static void Sweep(VolumeFiles files)
    {
        foreach (string path in Directory.EnumerateFileSystemEntries(files.Temporaries))
        {
            if (path.EndsWith(LockSuffix, StringComparison.Ordinal))
            {
                if (FileLock.TryTake(path, LockKind.Exclusive) is { } dead)
                {
                    DirectoryRemoval.TryRemove(path[..^LockSuffix.Length]);
                    dead.DisposeAndDelete();
                }
            }
            else if (File.Exists(path) && File.GetLastWriteTimeUtc(path) < DateTime.UtcNow - TimeSpan.FromHours(1))
            {
                // A file of this kind is there for as long as writing it takes.
                DirectoryRemoval.TryRemove(path);
            }
        }
    }

    /// <summary>Removes what was not moved to where it belongs.</summary>
    public void Dispose()
    {
        DirectoryRemoval.TryRemove(Path);
        _lock.DisposeAndDelete();
    }
}
