using BuildCache.Locks;

namespace BuildCache.Volumes;

/// <summary>Volumes that are held. To let go of them is to dispose of this; the death of the process does it too.</summary>
public sealed class VolumeHold : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly Stack<FileLock> _locks = new();
    private readonly List<FileLock> _notes = [];
    private readonly Lock _gate = new();
    private IReadOnlyList<CacheVolume> _volumes = [];

    internal VolumeHold(TimeProvider clock) => _clock = clock;

    /// <summary>The volumes in the order in which they were asked for; each has its <see cref="CacheVolume.Path"/>.</summary>
    public IReadOnlyList<CacheVolume> Volumes
    {
        get => _volumes;
        internal set => _volumes = value;
    }

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
            foreach (CacheVolume volume in _locks.Count > 0 ? _volumes : [])
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

    internal void Add(FileLock held) => _locks.Push(held);

    internal void AddNote(FileLock note) => _notes.Add(note);
}
