using BuildCache.Content;

namespace BuildCache.Stores.Packs;

/// <summary>The compact form of a list of packs: in an entry, and as an index object.</summary>
internal static class PackCodec
{
    private static ReadOnlySpan<byte> Magic => "bcpacks\x01"u8;

    // The number of slices, and one slice: gap, size, hash.
    private const int LeastPack = Digest.HashLength + 1;
    private const int LeastSlice = 2 + Digest.HashLength;

    /// <summary>Encodes packs whose names are SHA-256 hashes in hexadecimal.</summary>
    public static byte[] Encode(IReadOnlyList<PackListing> packs)
    {
        var writer = new PackBytesWriter();
        writer.Raw(Magic);
        Write(writer, packs);
        return writer.ToArray();
    }

    /// <summary>Decodes what anybody may have written.</summary>
    /// <returns><see langword="null"/> when it is damaged, or of a later format.</returns>
    public static IReadOnlyList<PackListing>? TryDecode(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.StartsWith(Magic))
        {
            return null;
        }

        try
        {
            var reader = new PackBytesReader(bytes[Magic.Length..]);
            IReadOnlyList<PackListing> packs = Read(ref reader);
            reader.End();
            return packs;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    public static void Write(PackBytesWriter writer, IReadOnlyList<PackListing> packs)
    {
        Span<byte> hash = stackalloc byte[Digest.HashLength];
        writer.Number(packs.Count);
        foreach ((string pack, IReadOnlyList<PackSlice> slices) in packs)
        {
            writer.Raw(Convert.FromHexString(pack));
            writer.Number(slices.Count);
            long end = 0;
            foreach (PackSlice slice in slices)
            {
                // Most slices follow one another, and their offset then takes one byte.
                writer.Number(slice.Offset - end);
                writer.Number(slice.Blob.Size);
                slice.Blob.CopyHashTo(hash);
                writer.Raw(hash);
                end = slice.End;
            }
        }
    }

    /// <exception cref="FormatException">It is damaged, or goes beyond what a pack may hold.</exception>
    public static IReadOnlyList<PackListing> Read(ref PackBytesReader reader)
    {
        var packs = new PackListing[reader.Count(LeastPack)];
        for (int i = 0; i < packs.Length; i++)
        {
            string pack = Convert.ToHexStringLower(reader.Raw(Digest.HashLength));
            var slices = new PackSlice[reader.Count(LeastSlice)];
            long end = 0;
            for (int j = 0; j < slices.Length; j++)
            {
                long offset = end + reader.Number(PackLimits.LargestPack);
                long size = reader.Number(PackLimits.LargestBlob);
                slices[j] = new PackSlice(pack, offset, new Digest(reader.Raw(Digest.HashLength), size));
                end = slices[j].End;
                if (end > PackLimits.LargestPack)
                {
                    throw new FormatException();
                }
            }

            packs[i] = new PackListing(pack, slices);
        }

        return packs;
    }
}
