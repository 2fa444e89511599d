using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using BuildCache.Content;

namespace BuildCache.Keys;

/// <summary>Writes fields so that no two different lists of fields have the same bytes: every field is preceded by its length.</summary>
internal sealed class CanonicalWriter : IDisposable
{
    /// <summary>Refuses text that is not well-formed: a lone surrogate has no bytes of its own in UTF-8.</summary>
    public static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // Rented, for the inputs of large work take hundreds of kilobytes each time.
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(256);
    private int _length;

    public CanonicalWriter(byte version) => Tag(version);

    /// <summary>The digest of what was written.</summary>
    public Digest Digest => Digest.Of(_bytes.AsSpan(0, _length));

    public CanonicalWriter Count(int count)
    {
        BinaryPrimitives.WriteInt32LittleEndian(Room(4), count);
        _length += 4;
        return this;
    }

    public CanonicalWriter Tag(byte tag)
    {
        Room(1)[0] = tag;
        _length++;
        return this;
    }

    public CanonicalWriter Text(string text)
    {
        int length = StrictUtf8.GetByteCount(text);
        Count(length);
        _length += StrictUtf8.GetBytes(text, Room(length));
        return this;
    }

    public CanonicalWriter Bytes(ReadOnlySpan<byte> bytes)
    {
        Count(bytes.Length);
        bytes.CopyTo(Room(bytes.Length));
        _length += bytes.Length;
        return this;
    }

    public byte[] ToArray() => _bytes.AsSpan(0, _length).ToArray();

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    private Span<byte> Room(int count)
    {
        if (_bytes.Length - _length < count)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(_length + count), 2 * _bytes.Length));
            _bytes.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }

        return _bytes.AsSpan(_length);
    }
}

/// <summary>Reads what a <see cref="CanonicalWriter"/> wrote. Anything else, to the last byte, is a <see cref="FormatException"/>.</summary>
internal ref struct CanonicalReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public byte Tag() => Take(1)[0];

    /// <summary>Reads how many things follow.</summary>
    /// <param name="leastBytesEach">What one of them takes at least.</param>
    public int Count(int leastBytesEach = 1)
    {
        int count = BinaryPrimitives.ReadInt32LittleEndian(Take(4));
        // A count of more than the rest has room for is a lie: never allocate by it.
        return count >= 0 && count <= _rest.Length / leastBytesEach ? count : throw new FormatException();
    }

    public ReadOnlySpan<byte> Bytes() => Take(Count());

    public string Text()
    {
        try
        {
            return CanonicalWriter.StrictUtf8.GetString(Bytes());
        }
        catch (DecoderFallbackException error)
        {
            throw new FormatException(null, error);
        }
    }

    public readonly void End()
    {
        if (!_rest.IsEmpty)
        {
            throw new FormatException();
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            throw new FormatException();
        }

        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
