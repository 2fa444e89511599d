using BuildCache.Content;

namespace BuildCache.Stores.Packs;

/// <summary>Collects small blobs into one pack after another: an object of blobs back to back, in the order they came, each once.</summary>
/// <remarks>Not safe for several threads at once.</remarks>
/// <param name="fullAt">How long a pack becomes at most.</param>
internal sealed class PackWriter(int fullAt = PackLimits.LargestPack) : IDisposable
{
    private const int SmallPack = 512 * 1024;

    private readonly Dictionary<Digest, int> _offsets = [];
    private readonly List<Digest> _order = [];
    private byte[] _content = [];
    private int _length;

    /// <summary>Whether nothing is collected yet.</summary>
    public bool IsEmpty => _order.Count == 0;

    /// <summary>Whether the pack that is being collected has a blob.</summary>
    public bool Contains(Digest blob) => _offsets.ContainsKey(blob);

    /// <summary>Adds a blob of at most <see cref="PackLimits.LargestBlob"/>.</summary>
    /// <returns><see langword="false"/> when it does not fit any more: the pack is full and is to be taken first.</returns>
    public bool TryAdd(Digest blob, ReadOnlySpan<byte> content)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(content.Length, PackLimits.LargestBlob);
        ArgumentOutOfRangeException.ThrowIfNotEqual(content.Length, blob.Size);
        if (Contains(blob))
        {
            return true;
        }

        if (_length + content.Length > fullAt)
        {
            return false;
        }

        Grow(_length + content.Length);
        content.CopyTo(_content.AsSpan(_length));
        _offsets.Add(blob, _length);
        _order.Add(blob);
        _length += content.Length;
        return true;
    }

    /// <summary>Takes the pack that was collected; the next blob begins another.</summary>
    public Pack Take()
    {
        string name = Digest.Of(_content.AsSpan(0, _length)).Hash;
        var pack = new Pack(new PackListing(name, [.. _order.Select(blob => new PackSlice(name, _offsets[blob], blob))]), _content, _length);
        _content = [];
        Clear();
        return pack;
    }

    public void Dispose()
    {
        Return(_content);
        _content = [];
        Clear();
    }

    internal static void Return(byte[] buffer)
    {
        if (buffer.Length > 0)
        {
            TransferBuffers.Pool.Return(buffer);
        }
    }

    private void Clear()
    {
        _offsets.Clear();
        _order.Clear();
        _length = 0;
    }

    private void Grow(int needed)
    {
        if (needed <= _content.Length)
        {
            return;
        }

        // A few files make a small pack; one that outgrows that mostly becomes a full one.
        byte[] larger = TransferBuffers.Pool.Rent(needed <= SmallPack ? SmallPack : fullAt);
        _content.AsSpan(0, _length).CopyTo(larger);
        Return(_content);
        _content = larger;
    }
}

/// <summary>A pack in memory, on its way into a store.</summary>
internal sealed class Pack(PackListing listing, byte[] buffer, int length) : IDisposable
{
    private byte[] _buffer = buffer;

    /// <summary>What is in it.</summary>
    public PackListing Listing { get; } = listing;

    /// <summary>Its bytes, until it is disposed.</summary>
    public ReadOnlyMemory<byte> Content => _buffer.AsMemory(0, length);

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => PackWriter.Return(Interlocked.Exchange(ref _buffer, []));
}
