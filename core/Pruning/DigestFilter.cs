using System.Buffers.Binary;
using System.Numerics;
using BuildCache.Content;

namespace BuildCache.Pruning;

/// <summary>A set of digests in fixed memory that may think it has one which it has not, and never the other way round (a Bloom filter).</summary>
/// <remarks>
/// That is the side on which a sweep may err: it keeps a blob that nobody needs. The seed is another one each time, so that the
/// next run removes it. A merge with the sorted list of needed blobs would be exact, but needs the blobs of the store in order,
/// which no file system gives; and a pack is asked about by each of its blobs.
/// </remarks>
internal sealed class DigestFilter
{
    // With this many bits for each digest one in a million is taken for another: so few, because a pack stays for one of its
    // thousands of blobs. Beyond 16 million digests it is more.
    private const int BitsEach = 32;
    private const int Probes = 12;
    private const long LeastBytes = 64 * 1024;
    private const long MostBytes = 64 * 1024 * 1024;

    private readonly ulong[] _words;
    private readonly ulong _seed = (ulong)Random.Shared.NextInt64();

    /// <summary>Makes an empty set.</summary>
    /// <param name="count">How many digests there will be.</param>
    public DigestFilter(long count) =>
        _words = new ulong[(int)BitOperations.RoundUpToPowerOf2((ulong)Math.Clamp(Math.Min(count, MostBytes) * BitsEach / 8, LeastBytes, MostBytes)) / sizeof(ulong)];

    /// <summary>Adds a digest.</summary>
    public void Add(Digest digest)
    {
        Span<byte> key = stackalloc byte[BlobKey.Length];
        BlobKey.Write(digest, key);
        Add(key);
    }

    /// <summary>Adds a digest by its <see cref="BlobKey"/>.</summary>
    public void Add(ReadOnlySpan<byte> key)
    {
        (ulong start, ulong step) = Mix(key);
        for (int i = 0; i < Probes; i++, start += step)
        {
            _words[WordOf(start)] |= 1UL << (int)(start & 63);
        }
    }

    /// <summary>Whether a digest may have been added; <see langword="false"/> is certain.</summary>
    public bool MayContain(Digest digest)
    {
        Span<byte> key = stackalloc byte[BlobKey.Length];
        BlobKey.Write(digest, key);
        (ulong start, ulong step) = Mix(key);
        for (int i = 0; i < Probes; i++, start += step)
        {
            if ((_words[WordOf(start)] & (1UL << (int)(start & 63))) == 0)
            {
                return false;
            }
        }

        return true;
    }

    private int WordOf(ulong position) => (int)((position >> 6) & (ulong)(_words.Length - 1));

    private (ulong Start, ulong Step) Mix(ReadOnlySpan<byte> key)
    {
        // The hash is uniform already; the seed and the size have to reach all bits.
        ulong size = BinaryPrimitives.ReadUInt64BigEndian(key[16..]);
        return (Spread(BinaryPrimitives.ReadUInt64LittleEndian(key) ^ _seed) + size, Spread(BinaryPrimitives.ReadUInt64LittleEndian(key[8..]) + _seed + size) | 1);
    }

    private static ulong Spread(ulong value)
    {
        value = (value ^ (value >> 33)) * 0xff51afd7ed558ccd;
        value = (value ^ (value >> 33)) * 0xc4ceb9fe1a85ec53;
        return value ^ (value >> 33);
    }
}
