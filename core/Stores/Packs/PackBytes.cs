using System.Buffers;
using System.Numerics;
using System.Text;

namespace BuildCache.Stores.Packs;

/// <summary>Writes numbers in as few bytes as they need, and what is preceded by its length.</summary>
internal sealed class PackBytesWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public void Number(long number)
    {
        ulong rest = (ulong)number;
        for (; rest >= 0x80; rest >>= 7)
        {
            Raw([(byte)(rest | 0x80)]);
        }

        Raw([(byte)rest]);
    }

    public void Raw(ReadOnlySpan<byte> bytes) => _bytes.Write(bytes);

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        Number(bytes.Length);
        Raw(bytes);
    }

    public void Text(string text) => Bytes(Encoding.UTF8.GetBytes(text));

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();
}

/// <summary>Reads what a <see cref="PackBytesWriter"/> wrote. Anything else is a <see cref="FormatException"/>; nothing is allocated by a number that the bytes do not bear out.</summary>
internal ref struct PackBytesReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public long Number(long most = long.MaxValue)
    {
        ulong number = 0;
        for (int shift = 0; shift < 63; shift += 7)
        {
            byte next = Raw(1)[0];
            number |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                // A last byte of zero could be left out: one number, one form.
                return (next != 0 || shift == 0) && BitOperations.LeadingZeroCount(number) > 0 && (long)number <= most ? (long)number : throw new FormatException();
            }
        }

        throw new FormatException();
    }

    /// <summary>A number of things that take so many bytes each at least.</summary>
    public int Count(int leastBytesEach) => (int)Number(_rest.Length / leastBytesEach);

    public ReadOnlySpan<byte> Raw(int count)
    {
        if (count > _rest.Length)
        {
            throw new FormatException();
        }

        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    public ReadOnlySpan<byte> Bytes() => Raw((int)Number(_rest.Length));

    public string Text() => Encoding.UTF8.GetString(Bytes());

    public readonly void End()
    {
        if (!_rest.IsEmpty)
        {
            throw new FormatException();
        }
    }
}
