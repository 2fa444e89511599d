namespace BuildCache.RemoteApis;

/// <summary>Takes the content out of the messages of a ByteStream read as they come, in pieces of any length.</summary>
/// <remarks>
/// Each message has a prefix of gRPC's and, in field 10, bytes of content. Whatever else a message has is skipped.
/// The content is handed on where it lies; nothing is copied or allocated.
/// </remarks>
internal sealed class ReadResponseDecoder(ReadResponseDecoder.Content receive)
{
    private const uint DataTag = (10 << 3) | 2;

    private readonly byte[] _prefix = new byte[GrpcFrame.PrefixLength];
    private Part _part;
    private int _prefixCount;
    private ulong _number;
    private int _numberBits;
    private ulong _messageLeft;
    private ulong _fieldLeft;

    /// <summary>Takes some content.</summary>
    internal delegate void Content(ReadOnlySpan<byte> content);

    private enum Part
    {
        Prefix,
        Tag,
        DataLength,
        Data,
        SkippedNumber,
        SkippedLength,
        Skipped,
    }

    /// <summary>Whether all messages so far are whole.</summary>
    public bool IsBetweenMessages => _part == Part.Prefix && _prefixCount == 0;

    /// <summary>Decodes what has come.</summary>
    /// <exception cref="InvalidDataException">It is not a stream of such messages.</exception>
    public void Decode(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int taken = _part switch
            {
                Part.Prefix => TakePrefix(bytes),
                Part.Data or Part.Skipped => TakeField(bytes),
                _ => TakeNumber(bytes[0]),
            };
            bytes = bytes[taken..];
        }
    }

    private int TakePrefix(ReadOnlySpan<byte> bytes)
    {
        int count = Math.Min(bytes.Length, _prefix.Length - _prefixCount);
        bytes[..count].CopyTo(_prefix.AsSpan(_prefixCount));
        _prefixCount += count;
        if (_prefixCount == _prefix.Length)
        {
            _messageLeft = GrpcFrame.ReadPrefix(_prefix) ?? throw new InvalidDataException("is compressed, which was not asked for");
            _prefixCount = 0;
            _part = _messageLeft > 0 ? Part.Tag : Part.Prefix;
        }

        return count;
    }

    private int TakeNumber(byte next)
    {
        if (_numberBits > 63)
        {
            throw new InvalidDataException("has a number that is too long");
        }

        _messageLeft--;
        _number |= (ulong)(next & 0x7F) << _numberBits;
        _numberBits += 7;
        if ((next & 0x80) == 0)
        {
            ulong number = _number;
            _number = 0;
            _numberBits = 0;
            EndNumber(number);
        }
        else if (_messageLeft == 0)
        {
            throw new InvalidDataException("has a message that ends within a number");
        }

        return 1;
    }

    private void EndNumber(ulong number)
    {
        switch (_part)
        {
            case Part.Tag when number == DataTag:
                Begin(Part.DataLength);
                break;
            case Part.Tag:
                BeginSkipped(number);
                break;
            case Part.DataLength:
                BeginField(Part.Data, number);
                break;
            case Part.SkippedLength:
                BeginField(Part.Skipped, number);
                break;
            default:
                EndField();
                break;
        }
    }

    private void BeginSkipped(ulong tag)
    {
        switch (tag & 7)
        {
            case 0:
                Begin(Part.SkippedNumber);
                break;
            case 1:
                BeginField(Part.Skipped, 8);
                break;
            case 2:
                Begin(Part.SkippedLength);
                break;
            case 5:
                BeginField(Part.Skipped, 4);
                break;
            default:
                throw new InvalidDataException("has a field of a kind that does not exist");
        }
    }

    private void Begin(Part part) =>
        _part = _messageLeft > 0 ? part : throw new InvalidDataException("has a message that ends within a field");

    private void BeginField(Part part, ulong length)
    {
        if (length > _messageLeft)
        {
            throw new InvalidDataException("has a field that is longer than its message");
        }

        _fieldLeft = length;
        _part = part;
        if (length == 0)
        {
            EndField();
        }
    }

    private int TakeField(ReadOnlySpan<byte> bytes)
    {
        int count = (int)Math.Min((ulong)bytes.Length, _fieldLeft);
        if (_part == Part.Data)
        {
            receive(bytes[..count]);
        }

        _fieldLeft -= (ulong)count;
        _messageLeft -= (ulong)count;
        if (_fieldLeft == 0)
        {
            EndField();
        }

        return count;
    }

    private void EndField() => _part = _messageLeft > 0 ? Part.Tag : Part.Prefix;
}
