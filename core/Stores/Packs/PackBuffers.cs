using System.Buffers;

namespace BuildCache.Stores.Packs;

/// <summary>The memory of packs and of parts of them.</summary>
internal static class PackBuffers
{
    // As many as are in use at a time. The shared pool would keep one for each thread that ever gave one back.
    private const int Kept = 4;

    public static ArrayPool<byte> Pool { get; } = ArrayPool<byte>.Create(PackLimits.LargestPack, Kept);
}
