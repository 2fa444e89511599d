using System.Buffers.Binary;

namespace BuildCache.Pruning;

/// <summary>Sorts any number of records of one length by their bytes, in bounded memory.</summary>
/// <remarks>
/// What memory holds is sorted and written as a run; the runs are merged while they are read. Numbers are written with the highest
/// byte first, so that the order of the bytes is theirs. Not safe for several threads at once.
/// </remarks>
internal sealed class SpillSort : IDisposable
{
    /// <summary>As many runs as are merged at once.</summary>
    internal const int MostRuns = 64;

    private readonly int _recordLength;
    private readonly int _mostRecords;
    private readonly SpillFile _file;
    private readonly List<(long Offset, long Length)> _runs = [];
    private byte[] _records = [];
    private byte[] _sorted = [];
    private byte[]? _all;
    private ulong[] _keys = [];
    private int[] _order = [];
    private int _count;

    /// <summary>Makes a sort without records.</summary>
    /// <param name="recordLength">The length of each record in bytes, at least 8.</param>
    /// <param name="memory">How many bytes of records to hold; all else takes about half as much again.</param>
    /// <param name="folder">Where the runs are written; <see langword="null"/> for the system's place of temporary files.</param>
    public SpillSort(int recordLength, int memory = 4 * 1024 * 1024, string? folder = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(recordLength, sizeof(ulong));
        _recordLength = recordLength;
        _mostRecords = Math.Max(1, memory / recordLength);
        _file = new SpillFile(folder);
    }

    /// <summary>How many records there are.</summary>
    public long Count { get; private set; }

    /// <summary>Adds a record.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.StoreUnavailable"/>: there is no space for a run.</exception>
    public void Add(ReadOnlySpan<byte> record)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(record.Length, _recordLength);
        if (_count == _mostRecords)
        {
            Spill();
        }

        int end = (_count + 1) * _recordLength;
        if (end > _records.Length)
        {
            Array.Resize(ref _records, Math.Min(Math.Max(2 * _records.Length, 64 * _recordLength), _mostRecords * _recordLength));
        }

        record.CopyTo(_records.AsSpan(end - _recordLength));
        _count++;
        Count++;
    }

    /// <summary>Reads all records in order, equal ones each. None may be added from then on.</summary>
    public SortedRecords Read(CancellationToken cancellationToken = default)
    {
        if (_runs.Count == 0)
        {
            _all ??= Sorted();
            ReleaseBuffers();
            return new SortedRecords(_recordLength, [new SortedRun(_all, _count * _recordLength)]);
        }

        Spill();
        ReleaseBuffers();
        while (_runs.Count > MostRuns)
        {
            cancellationToken.ThrowIfCancellationRequested();
            MergeSome(cancellationToken);
        }

        return Merge(_runs);
    }

    /// <summary>Removes the runs.</summary>
    public void Dispose() => _file.Dispose();

    private void Spill()
    {
        if (_count > 0)
        {
            _runs.Add((_file.Append(Sorted().AsSpan(0, _count * _recordLength)), (long)_count * _recordLength));
            _count = 0;
        }
    }

    private void ReleaseBuffers() => (_records, _sorted, _keys, _order) = ([], [], [], []);

    private SortedRecords Merge(IEnumerable<(long Offset, long Length)> runs) =>
        new(_recordLength, [.. runs.Select(run => new SortedRun(_file, run.Offset, run.Length, _recordLength))]);

    private void MergeSome(CancellationToken cancellationToken)
    {
        (long Offset, long Length)[] some = [.. _runs.Take(MostRuns)];
        SortedRecords merged = Merge(some);
        long offset = _file.Length;
        byte[] buffer = new byte[1024 * _recordLength];
        int used = 0;
        while (merged.MoveNext())
        {
            merged.Current.CopyTo(buffer.AsSpan(used));
            used += _recordLength;
            if (used == buffer.Length)
            {
                cancellationToken.ThrowIfCancellationRequested();
                _file.Append(buffer);
                used = 0;
            }
        }

        _file.Append(buffer.AsSpan(0, used));
        _runs.RemoveRange(0, some.Length);
        _runs.Add((offset, _file.Length - offset));
    }

    private byte[] Sorted()
    {
        if (_sorted.Length < _count * _recordLength)
        {
            (_sorted, _keys, _order) = (new byte[_records.Length], new ulong[_records.Length / _recordLength], new int[_records.Length / _recordLength]);
        }

        // By the first eight bytes as a number, which is fast; those few that are equal there, by the rest.
        (ulong[] keys, int[] order) = (_keys, _order);
        for (int i = 0; i < _count; i++)
        {
            keys[i] = BinaryPrimitives.ReadUInt64BigEndian(RecordAt(i));
            order[i] = i;
        }

        Array.Sort(keys, order, 0, _count);
        for (int start = 0, end; start < _count; start = end)
        {
            for (end = start + 1; end < _count && keys[end] == keys[start]; end++)
            {
            }

            if (end - start > 1)
            {
                order.AsSpan(start, end - start).Sort((left, right) => RecordAt(left).SequenceCompareTo(RecordAt(right)));
            }
        }

        for (int i = 0; i < _count; i++)
        {
            RecordAt(order[i]).CopyTo(_sorted.AsSpan(i * _recordLength));
        }

        return _sorted;
    }

    private ReadOnlySpan<byte> RecordAt(int index) => _records.AsSpan(index * _recordLength, _recordLength);
}
