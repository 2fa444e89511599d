using BuildCache.Locks;

namespace BuildCache.Volumes;

/// <summary>Volumes that are held. To let go of them is to dispose of this; the death of the process does it too.</summary>
public sealed class VolumeHold : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly Stack<FileLock> _locks = new();
    private readonly List<FileLock> _notes = [];
    private readonly Lock _gate = new();

    internal VolumeHold(TimeProvider clock) => _clock = clock;

    /// <summary>The volumes in the order in which they were asked for; each has its <see cref="CacheVolume.Path"/>.</summary>
    public IReadOnlyList<CacheVolume> Volumes { get; internal set; } = [];

    /// <summary>Whether it has not been let go of.</summary>
    internal bool IsHeld
    {
        get
        {
            lock (_gate)
            {
                return _locks.Count > 0;
            }
        }
    }

    /// <summary>Lets go of all volumes, the last one that was taken first. It can be called more than once.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            // Noted again: a long hold is a long use.
            foreach (CacheVolume volume in _locks.Count > 0 ? Volumes : [])
            {
                VolumeRecord.MarkUsed(volume.Directory, volume.Copy, _clock.GetUtcNow());
            }

            foreach (FileLock note in _notes)
            {
                note.DisposeAndDelete();
            }

            _notes.Clear();
            while (_locks.TryPop(out FileLock? held))
            {
                held.Dispose();
            }
        }
    }

    internal void Add(FileLock held)
    {
        lock (_gate)
        {
            _locks.Push(held);
        }
    }

    /// <summary>Lets go of one of the notes before the rest.</summary>
    internal void Release(FileLock note)
    {
        lock (_gate)
        {
            // Let go of once: the next to take it has a file of the same name.
            if (_notes.Remove(note))
            {
                note.DisposeAndDelete();
            }
        }
    }

    /// <summary>Keeps a lock whose file is deleted when it is let go of.</summary>
    internal void AddNote(FileLock note)
    {
        lock (_gate)
        {
            _notes.Add(note);
        }
    }
}
