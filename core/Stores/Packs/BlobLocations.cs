using BuildCache.Content;

namespace BuildCache.Stores.Packs;

/// <summary>Where small blobs lie, as far as this process has learnt: from entries, from indexes, from packs that it wrote. Safe for several threads.</summary>
internal sealed class BlobLocations
{
    // An index may hold a million blobs: so no object for each.
    private readonly Dictionary<Digest, (int Pack, int Offset)> _places = [];
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];
    private readonly Lock _gate = new();

    /// <summary>Learns where blobs lie. What is known of a blob already stays.</summary>
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
                    _places.TryAdd(slice.Blob, (number, (int)slice.Offset));
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

    /// <summary>Forgets a pack that is lost, so that what was in it counts as unknown.</summary>
    public void Forget(string pack)
    {
        lock (_gate)
        {
            if (_numbers.TryGetValue(pack, out int number))
            {
                foreach (Digest blob in _places.Where(place => place.Value.Pack == number).Select(place => place.Key).ToList())
                {
                    _places.Remove(blob);
                }
            }
        }
    }
}
