namespace BuildCache.Pruning;

/// <summary>Records of one length in the order of their bytes, out of several runs that are sorted each.</summary>
internal sealed class SortedRecords
{
    private readonly int _recordLength;

    // A heap: the run with the least record is the first.
    private readonly SortedRun[] _runs;
    private int _count;
    private bool _isStarted;

    public SortedRecords(int recordLength, IReadOnlyCollection<SortedRun> runs)
    {
        _recordLength = recordLength;
        _runs = [.. runs.Where(run => run.Fill(recordLength))];
        _count = _runs.Length;
        for (int i = (_count / 2) - 1; i >= 0; i--)
        {
            Sink(i);
        }
    }

    /// <summary>The record; until the next one is asked for.</summary>
    public ReadOnlySpan<byte> Current => _runs[0].Current(_recordLength);

    /// <summary>Whether there is a record now.</summary>
    public bool IsThere => _isStarted && _count > 0;

    /// <summary>Goes on to the next record, or to the first.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.StoreUnavailable"/>: a run cannot be read.</exception>
    public bool MoveNext()
    {
        if (!_isStarted)
        {
            _isStarted = true;
            return _count > 0;
        }

        if (_count > 0)
        {
            if (!_runs[0].Advance(_recordLength))
            {
                _count--;
                (_runs[0], _runs[_count]) = (_runs[_count], _runs[0]);
            }

            Sink(0);
        }

        return _count > 0;
    }

    private void Sink(int i)
    {
        while (true)
        {
            int least = i;
            for (int child = (2 * i) + 1; child <= (2 * i) + 2 && child < _count; child++)
            {
                if (_runs[child].Current(_recordLength).SequenceCompareTo(_runs[least].Current(_recordLength)) < 0)
                {
                    least = child;
                }
            }

            if (least == i)
            {
                return;
            }

            (_runs[i], _runs[least]) = (_runs[least], _runs[i]);
            i = least;
        }
    }
}

/// <summary>Sorted records that lie one behind the other, in memory or in a file.</summary>
internal sealed class SortedRun
{
    private const int BufferSize = 64 * 1024;

    private readonly SpillFile? _file;
    private readonly byte[] _buffer;
    private long _next;
    private long _left;
    private int _filled;
    private int _position;

    /// <summary>Records in memory.</summary>
    public SortedRun(byte[] records, int length) => (_buffer, _filled) = (records, length);

    /// <summary>Records in a file.</summary>
    public SortedRun(SpillFile file, long offset, long length, int recordLength)
    {
        (_file, _next, _left) = (file, offset, length);
        _buffer = new byte[Math.Min(length, Math.Max(1, BufferSize / recordLength) * (long)recordLength)];
    }

    /// <summary>The record at hand.</summary>
    public ReadOnlySpan<byte> Current(int recordLength) => _buffer.AsSpan(_position, recordLength);

    /// <summary>Goes on to the next.</summary>
    public bool Advance(int recordLength)
    {
        _position += recordLength;
        return Fill(recordLength);
    }

    /// <summary>Sees to it that there is a record at hand.</summary>
    public bool Fill(int recordLength)
    {
        if (_position + recordLength > _filled && _left > 0)
        {
            _filled = (int)Math.Min(_buffer.Length, _left);
            _file!.Read(_buffer.AsSpan(0, _filled), _next);
            (_next, _left, _position) = (_next + _filled, _left - _filled, 0);
        }

        return _position + recordLength <= _filled;
    }
}
