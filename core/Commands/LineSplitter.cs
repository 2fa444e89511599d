namespace BuildCache.Commands;

/// <summary>Makes lines of text that comes in blocks. A line of more than some length comes in pieces, so that no line takes more memory than that.</summary>
/// <param name="longest">The most characters of a line or a piece; at least 2.</param>
internal sealed class LineSplitter(int longest)
{
    private const int FirstLength = 256;

    // What has come of a line whose end has not.
    private char[] _begun = new char[Math.Min(FirstLength, longest)];
    private int _length;
    private bool _isAfterReturn;

    /// <summary>Adds a block.</summary>
    /// <param name="text">The block.</param>
    /// <param name="lines">Receives the lines that end in it, without what ends them: a line feed, a carriage return, or both.</param>
    public void Add(ReadOnlySpan<char> text, ICollection<string> lines)
    {
        if (_isAfterReturn && text is ['\n', ..])
        {
            text = text[1..];
            _isAfterReturn = false;
        }

        while (!text.IsEmpty)
        {
            _isAfterReturn = false;
            int end = text.IndexOfAny('\r', '\n');
            Append(end < 0 ? text : text[..end], lines);
            if (end < 0)
            {
                return;
            }

            lines.Add(Take(_length));
            bool isReturn = text[end] == '\r';
            text = text[(end + 1)..];
            if (isReturn && text is ['\n', ..])
            {
                text = text[1..];
            }
            else
            {
                _isAfterReturn = isReturn && text.IsEmpty;
            }
        }
    }

    /// <summary>The last line, if it was begun and not ended.</summary>
    public string? End() => _length > 0 ? Take(_length) : null;

    private void Append(ReadOnlySpan<char> part, ICollection<string> lines)
    {
        while (_length + part.Length > longest)
        {
            int room = longest - _length;
            Keep(part[..room]);
            part = part[room..];
            // The two halves of a character stay together.
            lines.Add(Take(char.IsHighSurrogate(_begun[_length - 1]) ? _length - 1 : _length));
        }

        Keep(part);
    }

    private void Keep(ReadOnlySpan<char> part)
    {
        if (_length + part.Length > _begun.Length)
        {
            Array.Resize(ref _begun, Math.Min(longest, Math.Max(_begun.Length * 2, _length + part.Length)));
        }

        part.CopyTo(_begun.AsSpan(_length));
        _length += part.Length;
    }

    private string Take(int length)
    {
        string line = new(_begun, 0, length);
        _begun.AsSpan(length, _length - length).CopyTo(_begun);
        _length -= length;
        return line;
    }
}
