using BuildCache.Keys;

namespace BuildCache.Stores.Packs;

/// <summary>An entry as one object: its record, and where each small blob lies that it needs, so that a hit asks no index.</summary>
/// <param name="Key">The key.</param>
/// <param name="Record">The record.</param>
/// <param name="Written">When it was put first; <see langword="null"/> when the time of the object says so.</param>
/// <param name="Packs">The packs, with the slices that the entry needs.</param>
/// <param name="Predecessors">What a store without lists needs to find older entries; its own business.</param>
internal sealed record EntryObject(
    CacheKey Key, ReadOnlyMemory<byte> Record, DateTimeOffset? Written, IReadOnlyList<PackListing> Packs, IReadOnlyList<string> Predecessors)
{
    private const string Magic = "buildcache-object";
    private const int FormatVersion = 1;

    /// <summary>Encodes it.</summary>
    public byte[] Encode()
    {
        var writer = new PackBytesWriter();
        writer.Text(Key.Id);
        writer.Number(Written?.UtcTicks ?? 0);
        writer.Bytes(Record.Span);
        PackCodec.Write(writer, Packs);
        writer.Number(Predecessors.Count);
        foreach (string predecessor in Predecessors)
        {
            writer.Text(predecessor);
        }

        return EntryHeader.Write(Magic, FormatVersion, writer.ToArray());
    }

    /// <summary>Decodes what anybody may have written.</summary>
    /// <param name="bytes">The object.</param>
    /// <param name="name">What to call it in an error.</param>
    /// <returns><see langword="null"/> when it is damaged.</returns>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.UnsupportedFormat"/>: it is whole, and a later version wrote it.</exception>
    public static EntryObject? Decode(ReadOnlyMemory<byte> bytes, string name) =>
        EntryHeader.Read(bytes, Magic, FormatVersion, name, out ReadOnlyMemory<byte> body) == EntryState.Readable ? DecodeBody(body) : null;

    private static EntryObject? DecodeBody(ReadOnlyMemory<byte> body)
    {
        try
        {
            var reader = new PackBytesReader(body.Span);
            CacheKey key = CacheId.Parse(reader.Text());
            long ticks = reader.Number(DateTimeOffset.MaxValue.Ticks);
            byte[] record = reader.Bytes().ToArray();
            IReadOnlyList<PackListing> packs = PackCodec.Read(ref reader);
            var predecessors = new string[reader.Count(leastBytesEach: 1)];
            for (int i = 0; i < predecessors.Length; i++)
            {
                predecessors[i] = reader.Text();
            }

            reader.End();
            return new EntryObject(key, record, ticks == 0 ? null : new DateTimeOffset(ticks, TimeSpan.Zero), packs, predecessors);
        }
        catch (Exception error) when (error is FormatException or BuildCacheException)
        {
            return null;
        }
    }
}
