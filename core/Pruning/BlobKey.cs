using System.Buffers.Binary;
using BuildCache.Content;

namespace BuildCache.Pruning;

/// <summary>The short form of a digest in what pruning sorts: half of its hash, and its size.</summary>
/// <remarks>Two blobs that share it count as one: their bytes are counted wrongly then, and one of them may stay although nobody needs it.</remarks>
internal static class BlobKey
{
    private const int HashPart = 16;

    /// <summary>How many bytes it takes.</summary>
    public const int Length = HashPart + sizeof(long);

    /// <summary>Writes it.</summary>
    public static void Write(Digest blob, Span<byte> destination)
    {
        Span<byte> hash = stackalloc byte[Digest.HashLength];
        blob.CopyHashTo(hash);
        hash[..HashPart].CopyTo(destination);
        BinaryPrimitives.WriteInt64BigEndian(destination[HashPart..], blob.Size);
    }

    /// <summary>The size of the blob.</summary>
    public static long SizeOf(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadInt64BigEndian(key[HashPart..]);
}
