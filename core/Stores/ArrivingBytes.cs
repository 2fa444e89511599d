using BuildCache.Content;

namespace BuildCache.Stores;

/// <summary>Content that is put together in memory as it arrives: it takes as much as has come, and not as much as somebody says will come.</summary>
/// <param name="size">The size that is expected; nothing is taken beyond it.</param>
internal sealed class ArrivingBytes(long size)
{
    private byte[] _bytes = new byte[Math.Min(Math.Max(size, 0), Ceilings.FirstBuffer)];
    private int _length;

    /// <summary>Puts a part at its place. The parts come in order; one that comes again replaces what was there.</summary>
    public void Write(ReadOnlySpan<byte> part, long offset)
    {
        if (offset > _length || part.Length > size - offset)
        {
            throw new InvalidDataException("More came than was announced, or in another order.");
        }

        part.CopyTo(Room((int)offset, part.Length));
        _length = Math.Max(_length, (int)offset + part.Length);
    }

    /// <summary>Room for the next part, which counts when <see cref="Advance"/> was called.</summary>
    public Memory<byte> Next(int most)
    {
        int count = (int)Math.Min(most, size - _length);
        _ = Room(_length, count);
        return _bytes.AsMemory(_length, count);
    }

    /// <summary>Says how much of <see cref="Next"/> was filled.</summary>
    public void Advance(int count) => _length += count;

    /// <summary>Whether all has come.</summary>
    public bool IsComplete => _length == size;

    /// <summary>What has come.</summary>
    public byte[] ToArray() => _length == _bytes.Length ? _bytes : _bytes[.._length];

    private Span<byte> Room(int offset, int count)
    {
        if (_bytes.Length < offset + count)
        {
            Array.Resize(ref _bytes, (int)Math.Min(size, Math.Max(2L * _bytes.Length, offset + count)));
        }

        return _bytes.AsSpan(offset, count);
    }
}
