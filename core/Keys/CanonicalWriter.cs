using System.Buffers.Binary;
using System.Text;

namespace BuildCache.Keys;

/// <summary>Writes fields so that no two different lists of fields have the same bytes: every field is preceded by its length.</summary>
internal sealed class CanonicalWriter : IDisposable
{
    /// <summary>Refuses text that is not well-formed: a lone surrogate has no bytes of its own in UTF-8.</summary>
    public static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly MemoryStream _bytes = new();

    public CanonicalWriter(byte version) => _bytes.WriteByte(version);

    public CanonicalWriter Count(int count)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, count);
        _bytes.Write(bytes);
        return this;
    }

    public CanonicalWriter Tag(byte tag)
    {
        _bytes.WriteByte(tag);
        return this;
    }

    public CanonicalWriter Text(string text)
    {
        byte[] bytes = StrictUtf8.GetBytes(text);
        Count(bytes.Length);
        _bytes.Write(bytes);
        return this;
    }

    public CanonicalWriter Bytes(ReadOnlySpan<byte> bytes)
    {
        Count(bytes.Length);
        _bytes.Write(bytes);
        return this;
    }

    public byte[] ToArray() => _bytes.ToArray();

    public void Dispose() => _bytes.Dispose();
}

/// <summary>Reads what a <see cref="CanonicalWriter"/> wrote. Anything else, to the last byte, is a <see cref="FormatException"/>.</summary>
internal ref struct CanonicalReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public byte Tag() => Take(1)[0];

    public int Count()
    {
        int count = BinaryPrimitives.ReadInt32LittleEndian(Take(4));
        // No field is shorter than its length, so a count beyond the rest is a lie: never allocate by it.
        return count >= 0 && count <= _rest.Length ? count : throw new FormatException();
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
