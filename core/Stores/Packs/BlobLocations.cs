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
            return _places.TryGetValue(blob, out (int Pack, int Offset) place) ? new PackSlice(_names[place.Pack], place.Offset, blob) : null;
        }
    }

    /// <summary>Forgets a pack that is lost. What was in it lies where it lies too, or counts as unknown.</summary>
    public void Forget(string pack)
    {
        lock (_gate)
        {
            if (!_numbers.TryGetValue(pack, out int number))
            {
                return;
            }

            foreach (List<(int Pack, int Offset)> places in _others.Values)
            {
                places.RemoveAll(place => place.Pack == number);
            }

            foreach (Digest blob in _places.Where(place => place.Value.Pack == number).Select(place => place.Key).ToList())
            {
                if (_others.TryGetValue(blob, out List<(int Pack, int Offset)>? others) && others.Count > 0)
                {
                    _places[blob] = others[0];
                    others.RemoveAt(0);
                }
                else
                {
                    _places.Remove(blob);
                }
            }
        }
    }

    private void Learn(Digest blob, (int Pack, int Offset) place)
    {
        if (_places.TryAdd(blob, place) || _places[blob] == place)
        {
            return;
        }

        if (!_others.TryGetValue(blob, out List<(int Pack, int Offset)>? others))
        {
            _others.Add(blob, others = []);
        }

        if (!others.Contains(place))
        {
            others.Add(place);
        }
    }
}
