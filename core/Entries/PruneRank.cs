using System.Buffers.Binary;
using BuildCache.Pruning;
using BuildCache.Stores;

namespace BuildCache.Entries;

/// <summary>The place of an entry in the order in which entries go, as bytes that sort so.</summary>
/// <remarks>
/// First what has lost its content: what it claims to hold must push nobody else out. Then the least recently used, the oldest, the
/// largest; and so that the order of equals is the same in a plan and in what follows it, by the key.
/// </remarks>
internal static class PruneRank
{
    public const int Length = 1 + (4 * sizeof(ulong));

    private const int LastUsedAt = 1;
    private const int WrittenAt = LastUsedAt + sizeof(ulong);
    private const int BytesAt = WrittenAt + sizeof(ulong);
    private const int KeyAt = BytesAt + sizeof(ulong);

    /// <summary>Writes the rank of an entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="isWhole">Whether its content is there, as far as that is known.</param>
    /// <param name="bytes">What it holds, blobs that it shares with others included.</param>
    /// <param name="rank">Receives the rank.</param>
    public static void Write(IndexedEntry entry, bool isWhole, long bytes, Span<byte> rank)
    {
        rank[0] = isWhole ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt64BigEndian(rank[LastUsedAt..], entry.LastUsed.UtcTicks);
        BinaryPrimitives.WriteInt64BigEndian(rank[WrittenAt..], entry.Written.UtcTicks);
        BinaryPrimitives.WriteInt64BigEndian(rank[BytesAt..], long.MaxValue - bytes);
        Span<byte> key = stackalloc byte[BlobKey.Length];
        BlobKey.Write(entry.Key.Digest, key);
        key[..sizeof(ulong)].CopyTo(rank[KeyAt..]);
    }

    public static bool IsWhole(ReadOnlySpan<byte> rank) => rank[0] != 0;

    public static DateTimeOffset LastUsed(ReadOnlySpan<byte> rank) => new(BinaryPrimitives.ReadInt64BigEndian(rank[LastUsedAt..]), TimeSpan.Zero);
}
