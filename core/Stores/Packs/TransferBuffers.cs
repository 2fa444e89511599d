using System.Buffers;

namespace BuildCache.Stores.Packs;

/// <summary>Large buffers for what is on its way. The shared pool would keep one of each size for every thread that ever gave one back.</summary>
internal static class TransferBuffers
{
    private const int KeptOfEachSize = 4;

    public static ArrayPool<byte> Pool { get; } = ArrayPool<byte>.Create(PackLimits.LargestPack, KeptOfEachSize);
}
