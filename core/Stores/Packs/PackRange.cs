namespace BuildCache.Stores.Packs;

/// <summary>A part of a pack that is fetched at once, with the slices in it that are wanted.</summary>
internal sealed record PackRange(string Pack, long Offset, int Length, IReadOnlyList<PackSlice> Slices)
{
    // What lies between is fetched rather than asking twice; a range is held in memory.
    private const int LargestGap = 64 * 1024;
    private const int LargestRange = 4 * 1024 * 1024;

    /// <summary>Finds the fewest ranges for some slices, each of them wanted once.</summary>
    public static IReadOnlyList<PackRange> Of(IEnumerable<PackSlice> slices)
    {
        List<PackRange> ranges = [];
        foreach (PackListing pack in PackListing.Of(slices))
        {
            List<PackSlice> part = [];
            (long start, long end) = (0, 0);
            foreach (PackSlice slice in pack.Slices)
            {
                if (part.Count > 0 && (slice.Offset - end > LargestGap || Math.Max(end, slice.End) - start > LargestRange))
                {
                    ranges.Add(new PackRange(pack.Pack, start, (int)(end - start), part));
                    part = [];
                }

                (start, end) = part.Count == 0 ? (slice.Offset, slice.End) : (start, Math.Max(end, slice.End));
                part.Add(slice);
            }

            ranges.Add(new PackRange(pack.Pack, start, (int)(end - start), part));
        }

        return ranges;
    }
}
