using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace BuildCache.Tests.Fuzz;

/// <summary>Makes inputs out of whole ones: bits flipped, ranges removed, repeated, moved and taken from others, lengths and numbers blown up.</summary>
/// <param name="seed">Equal seeds make equal inputs.</param>
/// <param name="seeds">Inputs that the decoder takes.</param>
/// <param name="tokens">What means something to it.</param>
internal sealed class Mutator(int seed, IReadOnlyList<byte[]> seeds, IReadOnlyList<byte[]> tokens)
{
    private const int Longest = 256 * 1024;
    private const int MostChanges = 4;
    private const int MostCopies = 64;

    private static readonly long[] s_numbers =
        [0, 1, -1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x10000, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 40, 1_000_000_000_000_000, long.MaxValue, long.MinValue];

    private readonly Random _random = new(seed);

    /// <summary>The next input.</summary>
    public byte[] Next()
    {
        byte[] input = Any(seeds);
        for (int left = 1 << _random.Next(MostChanges); left > 0; left--)
        {
            input = Change(input);
        }

        return input.Length > Longest ? input[..Longest] : input;
    }

    private byte[] Change(byte[] input)
    {
        (int start, int end) = Range(input);
        switch (_random.Next(12))
        {
            case 0 or 1 when input.Length > 0:
                byte[] flipped = [.. input];
                flipped[_random.Next(input.Length)] ^= (byte)(1 << _random.Next(8));
                return flipped;
            case 2 when input.Length > 0:
                byte[] set = [.. input];
                set[_random.Next(input.Length)] = (byte)_random.Next(256);
                return set;
            case 3:
                return [.. input[..start], .. input[end..]];
            case 4:
                return input[..start];
            case 5:
                return Insert(input, start, Repeated(input[start..end]));
            case 6:
                byte[] other = Any(seeds);
                (int from, int to) = Range(other);
                return [.. input[..start], .. other[from..to], .. input[end..]];
            case 7 when tokens.Count > 0:
                return [.. input[..start], .. Any(tokens), .. input[(_random.Next(2) == 0 ? start : end)..]];
            case 8:
                return Overwrite(input, start, Number());
            case 9:
                return Insert(input, start, Number());
            case 10:
                return WithOtherDigits(input, start);
            default:
                byte[] random = new byte[_random.Next(16)];
                _random.NextBytes(random);
                return Insert(input, start, random);
        }
    }

    private T Any<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];

    private (int Start, int End) Range(byte[] input)
    {
        int start = _random.Next(input.Length + 1);
        // Mostly a short one, sometimes all of the rest.
        int length = _random.Next(4) == 0 ? input.Length - start : Math.Min(input.Length - start, _random.Next(32));
        return (start, start + _random.Next(length + 1));
    }

    private byte[] Repeated(byte[] part)
    {
        int copies = Math.Min(1 + _random.Next(MostCopies), Longest / Math.Max(1, part.Length));
        byte[] repeated = new byte[copies * part.Length];
        for (int i = 0; i < copies; i++)
        {
            part.CopyTo(repeated, i * part.Length);
        }

        return repeated;
    }

    // As the formats have them: of a fixed width in both orders, as a varint, in digits.
    private byte[] Number()
    {
        long number = Any(s_numbers);
        byte[] bytes = new byte[sizeof(long)];
        switch (_random.Next(6))
        {
            case 0:
                BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
                return bytes;
            case 1:
                BinaryPrimitives.WriteInt64BigEndian(bytes, number);
                return bytes;
            case 2:
                BinaryPrimitives.WriteInt32LittleEndian(bytes, unchecked((int)number));
                return bytes[..sizeof(int)];
            case 3:
                BinaryPrimitives.WriteInt32BigEndian(bytes, unchecked((int)number));
                return bytes[..sizeof(int)];
            case 4:
                List<byte> varint = [];
                for (ulong rest = unchecked((ulong)number); ; rest >>= 7)
                {
                    varint.Add((byte)(rest < 0x80 ? rest : rest | 0x80));
                    if (rest < 0x80)
                    {
                        return [.. varint];
                    }
                }

            default:
                return Digits(number);
        }
    }

    private byte[] WithOtherDigits(byte[] input, int from)
    {
        int start = input.AsSpan(from).IndexOfAnyInRange((byte)'0', (byte)'9');
        if (start < 0)
        {
            return input;
        }

        start += from;
        int length = input.AsSpan(start).IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return [.. input[..start], .. Digits(Any(s_numbers)), .. length < 0 ? [] : input[(start + length)..]];
    }

    private static byte[] Digits(long number) => Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture));

    private static byte[] Insert(byte[] input, int at, byte[] part) => [.. input[..at], .. part, .. input[at..]];

    private static byte[] Overwrite(byte[] input, int at, byte[] part) => [.. input[..at], .. part, .. input[Math.Min(input.Length, at + part.Length)..]];
}
