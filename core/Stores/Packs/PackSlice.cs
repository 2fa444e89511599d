using BuildCache.Content;

namespace BuildCache.Stores.Packs;

/// <summary>Where a small blob lies.</summary>
/// <param name="Pack">The name of the pack.</param>
/// <param name="Offset">Where the blob begins, in bytes.</param>
/// <param name="Blob">The blob.</param>
internal readonly record struct PackSlice(string Pack, long Offset, Digest Blob)
{
    /// <summary>Where the blob ends.</summary>
    public long End => Offset + Blob.Size;
}

/// <summary>What is known to lie in a pack: all of it, or as much as an entry needs.</summary>
/// <param name="Pack">Its name: the SHA-256 of its content, in hexadecimal.</param>
/// <param name="Slices">The blobs, none overlapping another, in the order of their offsets.</param>
internal sealed record PackListing(string Pack, IReadOnlyList<PackSlice> Slices)
{
    /// <summary>Sorts slices by pack and offset, each blob once.</summary>
    public static IReadOnlyList<PackListing> Of(IEnumerable<PackSlice> slices) =>
        [.. slices.DistinctBy(slice => slice.Blob)
            .GroupBy(slice => slice.Pack, StringComparer.Ordinal)
            .OrderBy(pack => pack.Key, StringComparer.Ordinal)
            .Select(pack => new PackListing(pack.Key, [.. pack.OrderBy(slice => slice.Offset).ThenBy(slice => slice.Blob.Size)]))];

    /// <summary>How long the pack is at least.</summary>
    public long Length => Slices.Count == 0 ? 0 : Slices.Max(slice => slice.End);
}

/// <summary>How large packs and what is in them may be.</summary>
internal static class PackLimits
{
    /// <summary>What is larger is an object of its own.</summary>
    public const int LargestBlob = 1024 * 1024;

    /// <summary>Small enough to be held in memory a few at a time.</summary>
    public const int LargestPack = 16 * 1024 * 1024;
}
