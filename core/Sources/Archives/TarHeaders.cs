using System.Globalization;
using System.Numerics;
using System.Text;
using BuildCache.Content;

namespace BuildCache.Sources.Archives;

/// <summary>Passes a tar on to .NET's reader, which reserves as much memory as a header of paths or properties claims to have, and refuses one that claims too much.</summary>
internal sealed class TarHeaders(Stream inner) : Stream
{
    private const int BlockSize = 512;
    private const int SizeAt = 124, SizeLength = 12, ChecksumAt = 148, ChecksumLength = 8, TypeAt = 156;

    private readonly byte[] _block = new byte[BlockSize];
    private readonly List<byte> _properties = [];
    private int _filled;
    private long _content;
    private bool _isOfProperties;
    private long? _size;

    public override bool CanRead => true;

    // Whoever skips has to read.
    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        int count = inner.Read(buffer);
        Look(buffer[..count]);
        return count;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await inner.ReadAsync(buffer, cancellationToken);
        Look(buffer.Span[..count]);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private void Look(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int count = (int)Math.Min(bytes.Length, _content > 0 ? _content : BlockSize - _filled);
            if (_content > 0)
            {
                Pass(bytes[..count]);
            }
            else
            {
                bytes[..count].CopyTo(_block.AsSpan(_filled));
                _filled += count;
                if (_filled == BlockSize)
                {
                    _filled = 0;
                    EndHeader();
                }
            }

            bytes = bytes[count..];
        }
    }

    private void Pass(ReadOnlySpan<byte> content)
    {
        _content -= content.Length;
        if (!_isOfProperties)
        {
            return;
        }

        _properties.AddRange(content);
        if (_content == 0)
        {
            _isOfProperties = false;
            _size = SizeIn(Encoding.UTF8.GetString([.. _properties]));
            _properties.Clear();
        }
    }

    private void EndHeader()
    {
        if (!IsHeader())
        {
            return;
        }

        char type = (char)_block[TypeAt];
        BigInteger size = SizeOf(_block.AsSpan(SizeAt, SizeLength));
        bool isOfNext = type is 'x' or 'g' or 'L' or 'K';
        if (isOfNext && size > Ceilings.TarHeader)
        {
            throw new InvalidDataException($"a header in it claims {size:N0} bytes, and {Ceilings.TarHeader:N0} are read");
        }

        if (!isOfNext)
        {
            (size, _size) = (_size ?? size, null);
        }

        _content = size > 0 && size < long.MaxValue - BlockSize ? ((long)size + BlockSize - 1) / BlockSize * BlockSize : 0;
        _isOfProperties = type == 'x' && _content > 0;
    }

    private bool IsHeader()
    {
        int sum = ChecksumLength * ' ';
        for (int i = 0; i < BlockSize; i++)
        {
            sum += i is >= ChecksumAt and < ChecksumAt + ChecksumLength ? 0 : _block[i];
        }

        return SizeOf(_block.AsSpan(ChecksumAt, ChecksumLength)) == sum;
    }

    // In octal digits, or with the first bit set in binary.
    private static BigInteger SizeOf(ReadOnlySpan<byte> field)
    {
        if ((field[0] & 0x80) != 0)
        {
            byte[] number = field.ToArray();
            number[0] &= 0x7F;
            return new BigInteger(number, isUnsigned: true, isBigEndian: true);
        }

        BigInteger size = 0;
        foreach (byte digit in field.Trim(" \0"u8))
        {
            size = digit is >= (byte)'0' and <= (byte)'7' ? (size * 8) + (digit - '0') : 0;
        }

        return size;
    }

    // Of files that are larger than the digits of a header can tell.
    private static long? SizeIn(string properties)
    {
        const string Name = " size=";
        int at = properties.IndexOf(Name, StringComparison.Ordinal);
        if (at < 0)
        {
            return null;
        }

        ReadOnlySpan<char> rest = properties.AsSpan(at + Name.Length);
        int end = rest.IndexOf('\n');
        return end >= 0 && rest.IndexOf(Name) < 0 && long.TryParse(rest[..end], NumberStyles.None, CultureInfo.InvariantCulture, out long size) ? size
            : throw new InvalidDataException("a header in it gives the size of a file twice, or gives no number");
    }
}
