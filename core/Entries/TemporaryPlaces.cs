using BuildCache.Files;
using BuildCache.Locks;

namespace BuildCache.Entries;

/// <summary>The temporary places of one piece of work, one for each directory that it touches. What dead processes left in a directory is swept first.</summary>
internal sealed class TemporaryPlaces : IDisposable
{
    private readonly Dictionary<string, TemporaryPlace> _places = new(StringComparer.Ordinal);

    /// <summary>The place in a directory.</summary>
    public TemporaryPlace In(string directory)
    {
        if (!_places.TryGetValue(directory, out TemporaryPlace? place))
        {
            StagingRecovery.Sweep(directory);
            _places[directory] = place = TemporaryPlace.Begin(directory, needsLock: false);
        }

        return place;
    }

    /// <summary>Removes what was not moved to where it belongs.</summary>
    public void Dispose()
    {
        foreach (TemporaryPlace place in _places.Values)
        {
            place.Dispose();
        }

        _places.Clear();
    }
}
