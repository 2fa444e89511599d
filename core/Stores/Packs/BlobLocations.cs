using BuildCache.Content;

namespace BuildCache.Stores.Packs;

/// <summary>Where small blobs lie, as far as this process has learnt: from entries, from indexes, from packs that it wrote. Safe for several threads.</summary>
internal sealed class BlobLocations
{
    // An index may hold a million blobs: so no object for each.
    private readonly Dictionary<Digest, (int Pack, int Offset)> _places = [];
    // Two that save at the same time may both have stored a blob; one of the packs may be lost, and the other then serves.
    private readonly Dictionary<Digest, List<(int Pack, int Offset)>> _others = [];
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];
    // A pack is named by its content: one that is there again has all that it had.
    private readonly HashSet<int> _lost = [];
    private readonly Lock _gate = new();

    /// <summary>Learns where blobs lie.</summary>
    public void Learn(IEnumerable<PackListing> packs)
    {
        lock (_gate)
        {
            foreach ((string pack, IReadOnlyList<PackSlice> slices) in packs)
            {
                if (!_numbers.TryGetValue(pack, out int number))
                {
                    _numbers.Add(pack, number = _names.Count);
                    _names.Add(pack);
                }

                _lost.Remove(number);
                foreach (PackSlice slice in slices)
                {
                    Learn(slice.Blob, (number, (int)slice.Offset));
                }
            }
        }
    }

    /// <summary>Tells where a blob lies, or <see langword="null"/> when that is not known.</summary>
    public PackSlice? Find(Digest blob)
    {
        lock (_gate)
        {
            return !_places.TryGetValue(blob, out (int Pack, int Offset) place) ? null
                : !_lost.Contains(place.Pack) ? SliceAt(place, blob)
                : _others.TryGetValue(blob, out List<(int Pack, int Offset)>? others) && others.FindIndex(other => !_lost.Contains(other.Pack)) is >= 0 and int index ? SliceAt(others[index], blob)
                : null;
        }
    }

    /// <summary>Forgets a pack that is lost. What was in it lies where it lies too, or counts as unknown.</summary>
    public void Forget(string pack)
    {
        lock (_gate)
        {
            if (_numbers.TryGetValue(pack, out int number))
            {
                _lost.Add(number);
            }
        }
    }

    private PackSlice SliceAt((int Pack, int Offset) place, Digest blob) => new(_names[place.Pack], place.Offset, blob);

    private void Learn(Digest blob, (int Pack, int Offset) place)
    {
        if (_places.TryAdd(blob, place) || _places[blob] == place)
        {
            return;
        }

        if (_lost.Contains(_places[blob].Pack))
        {
            _places[blob] = place;
            return;
        }

        if (!_others.TryGetValue(blob, out List<(int Pack, int Offset)>? others))
        {
            _others.Add(blob, others = []);
        }

        if (others.Count < Ceilings.PlacesOfBlob && !others.Contains(place))
        {
            others.Add(place);
        }
    }
}
