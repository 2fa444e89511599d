using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace BuildCache.Content;

/// <summary>
/// Remembers the digests of files by path, size, times and file id, so that an unchanged file is not read again.
/// Kept in one file that any number of processes share.
/// </summary>
/// <remarks>
/// <para>Safe against edits within one timestamp tick, in the way of git's index: a file that was written less than
/// <see cref="SettleTicks"/> before it was hashed could be written again with the same stamp, so it is not remembered.</para>
/// <para>Between processes: each reads the file once, and replaces it as a whole by a rename. Of two that save at the same
/// time one set of new records is lost, which costs a hash later. Every record carries a check of its own, so a damaged
/// file loses records and never yields a wrong one.</para>
/// </remarks>
public sealed class HashMemory
{
    // Two seconds is the coarsest tick of a file system in use (FAT); ext4's is 4 ms.
    private const long SettleTicks = 2 * TimeSpan.TicksPerSecond;

    private const int RecordLength = 96;
    private const int CheckedLength = 88;
    private const int MaximumRecords = 100_000;
    private static readonly byte[] s_header = Encoding.ASCII.GetBytes("buildcache-memory-1\n");

    private readonly string _file;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private readonly Dictionary<UInt128, Record> _records;
    private readonly HashSet<UInt128> _used = [];
    private bool _changed;

    private HashMemory(string file, TimeProvider clock, Dictionary<UInt128, Record> records) =>
        (_file, _clock, _records) = (file, clock, records);

    /// <summary>Opens the memory that is kept in a file; an absent or unreadable file is an empty memory.</summary>
    /// <param name="file">Full path of the file. Its directory is made when the memory is saved.</param>
    /// <param name="clock">The clock that tells how long ago a file was written.</param>
    public static HashMemory Open(string file, TimeProvider? clock = null) =>
        new(file, clock ?? TimeProvider.System, Load(file));

    /// <summary>What was remembered of a file, if its stamp is still the same.</summary>
    internal bool TryGet(string path, in FileStamp stamp, out Digest digest, out byte marks)
    {
        UInt128 name = NameOf(path);
        lock (_gate)
        {
            if (_records.TryGetValue(name, out Record record) && record.Stamp == stamp)
            {
                _used.Add(name);
                (digest, marks) = (record.Digest, record.Marks);
                return true;
            }
        }

        (digest, marks) = (default, 0);
        return false;
    }

    /// <summary>Remembers a file, if it is old enough that its next edit must change its stamp.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="stamp">Its stamp, the same before and after it was read.</param>
    /// <param name="readAt">When reading began, in UTC ticks.</param>
    /// <param name="digest">Its digest.</param>
    /// <param name="marks">What the caller noted about the content.</param>
    internal void Remember(string path, in FileStamp stamp, long readAt, Digest digest, byte marks)
    {
        if (Math.Max(stamp.ModifiedTicks, stamp.ChangedTicks) > readAt - SettleTicks)
        {
            return;
        }

        UInt128 name = NameOf(path);
        lock (_gate)
        {
            _records[name] = new Record(stamp, digest, marks);
            _used.Add(name);
            _changed = true;
        }
    }

    internal long NowTicks => _clock.GetUtcNow().UtcTicks;

    /// <summary>Writes what was learnt, merged with what other processes wrote meanwhile. A failure is ignored: it costs hashes later.</summary>
    public void Save()
    {
        lock (_gate)
        {
            if (!_changed)
            {
                return;
            }

            try
            {
                Dictionary<UInt128, Record> merged = Load(_file);
                foreach (UInt128 name in _used)
                {
                    merged[name] = _records[name];
                }

                string directory = Path.GetDirectoryName(_file)!;
                Directory.CreateDirectory(directory);
                string temporary = Path.Combine(directory, Path.GetRandomFileName());
                try
                {
                    File.WriteAllBytes(temporary, Encode(merged));
                    File.Move(temporary, _file, overwrite: true);
                }
                catch
                {
                    // A full disk is not to get fuller each time.
                    File.Delete(temporary);
                    throw;
                }

                _changed = false;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Nothing depends on the memory but speed.
            }
        }
    }

    private byte[] Encode(Dictionary<UInt128, Record> records)
    {
        using var buffer = new MemoryStream(s_header.Length + (records.Count * RecordLength));
        buffer.Write(s_header);
        Span<byte> bytes = stackalloc byte[RecordLength];
        // Over the limit, what this process used stays and the rest makes room.
        int room = MaximumRecords;
        foreach (bool wanted in (ReadOnlySpan<bool>)[true, false])
        {
            foreach ((UInt128 name, Record record) in records)
            {
                if (_used.Contains(name) == wanted && room > 0)
                {
                    room--;
                    record.Write(name, bytes);
                    buffer.Write(bytes);
                }
            }
        }

        return buffer.ToArray();
    }

    private static Dictionary<UInt128, Record> Load(string file)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }

        if (!bytes.AsSpan().StartsWith(s_header))
        {
            return [];
        }

        ReadOnlySpan<byte> rest = bytes.AsSpan(s_header.Length);
        var records = new Dictionary<UInt128, Record>(rest.Length / RecordLength);
        for (; rest.Length >= RecordLength; rest = rest[RecordLength..])
        {
            if (Record.TryRead(rest[..RecordLength], out UInt128 name, out Record record))
            {
                records[name] = record;
            }
        }

        return records;
    }

    private static UInt128 NameOf(string path)
    {
        Span<byte> hash = stackalloc byte[Digest.HashLength];
        SHA256.HashData(MemoryMarshal.AsBytes(path.AsSpan()), hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }

    private readonly record struct Record(FileStamp Stamp, Digest Digest, byte Marks)
    {
        public void Write(UInt128 name, Span<byte> bytes)
        {
            BinaryPrimitives.WriteUInt128LittleEndian(bytes, name);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], Stamp.Size);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], Stamp.ModifiedTicks);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[32..], Stamp.ChangedTicks);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[40..], Stamp.FileId);
            Digest.CopyHashTo(bytes[48..]);
            bytes[80] = Marks;
            bytes[81] = Stamp.IsExecutable ? (byte)1 : (byte)0;
            bytes[82..CheckedLength].Clear();
            Check(bytes, bytes[CheckedLength..]);
        }

        public static bool TryRead(ReadOnlySpan<byte> bytes, out UInt128 name, out Record record)
        {
            Span<byte> check = stackalloc byte[RecordLength - CheckedLength];
            Check(bytes, check);
            name = BinaryPrimitives.ReadUInt128LittleEndian(bytes);
            long size = BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]);
            if (size < 0 || !check.SequenceEqual(bytes[CheckedLength..]))
            {
                record = default;
                return false;
            }

            var stamp = new FileStamp(size, BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]),
                BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[40..]), bytes[81] != 0);
            record = new Record(stamp, new Digest(bytes.Slice(48, Digest.HashLength), size), bytes[80]);
            return true;
        }

        private static void Check(ReadOnlySpan<byte> record, Span<byte> check)
        {
            Span<byte> hash = stackalloc byte[Digest.HashLength];
            SHA256.HashData(record[..CheckedLength], hash);
            hash[..check.Length].CopyTo(check);
        }
    }
}
