using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using BuildCache.Content;

namespace BuildCache.Files;

/// <summary>
/// Remembers the digests of files by path, size, times and file id, so that an unchanged file is not read again.
/// Kept in one file that any number of processes share.
/// </summary>
/// <remarks>
/// <para>A digest is remembered only where every later write of the file shows in its stamp; <see cref="StampTrust"/> tells.</para>
/// <para>Between processes: each reads the file once, and replaces it as a whole by a rename. Of two that save at the same
/// time one set of new records is lost, which costs a hash later. Every record carries a check of its own, so a damaged
/// file loses records and never yields a wrong one.</para>
/// <para>Names and checks are hashes under a random key that the file begins with: nobody can make a file whose name is taken
/// for another's, and they cost a tenth of a SHA-256.</para>
/// </remarks>
public sealed class HashMemory
{
    private const int RecordLength = 96;
    private const int CheckedLength = 88;
    private const int MaximumRecords = 100_000;
    private static readonly byte[] s_header = Encoding.ASCII.GetBytes("buildcache-memory-3\n");

    private readonly string _file;
    private readonly StampTrust _trust;
    private readonly Lock _gate = new();
    private readonly KeyedHash _hash;
    private readonly Dictionary<UInt128, Record> _records;
    private bool _changed;

    private HashMemory(string file, StampTrust trust, KeyedHash hash, Dictionary<UInt128, Record> records) =>
        (_file, _trust, _hash, _records) = (file, trust, hash, records);

    /// <summary>Opens the memory that is kept in a file; an absent or unreadable file is an empty memory.</summary>
    /// <param name="file">Full path of the file, which is begun if it is not there.</param>
    /// <param name="clock">The clock of this machine, which tells how old a file is on a file system that the memory is not on.</param>
    public static HashMemory Open(string file, TimeProvider? clock = null) =>
        Open(file, new StampTrust(Path.GetDirectoryName(file)!, clock ?? TimeProvider.System));

    /// <summary>Opens the memory that is kept in a file.</summary>
    /// <param name="file">Full path of the file.</param>
    /// <param name="trust">What tells whether a file may be remembered.</param>
    internal static HashMemory Open(string file, StampTrust trust)
    {
        (KeyedHash hash, Dictionary<UInt128, Record> records) = Load(file) ?? Begin(file);
        return new HashMemory(file, trust, hash, records);
    }

    // Of several processes that begin at the same time, all have to use one key, or the last to save would drop what the others learnt.
    private static (KeyedHash Hash, Dictionary<UInt128, Record> Records) Begin(string file)
    {
        var hash = KeyedHash.New();
        try
        {
            NewDirectory.MakePrivate(Path.GetDirectoryName(file)!);
            using var begun = new AtomicFile(file);
            begun.Fill(Encode([], hash), isPrivate: true);
            begun.PlaceNew();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Somebody was quicker, or it cannot be written, or what stands there is no memory.
        }

        return Load(file) ?? (hash, []);
    }

    /// <summary>What was remembered of a file, if its stamp is still the same.</summary>
    internal bool TryGet(string path, in FileStamp stamp, out Digest digest, out byte marks)
    {
        UInt128 name = NameOf(path);
        lock (_gate)
        {
            ref Record record = ref CollectionsMarshal.GetValueRefOrNullRef(_records, name);
            if (!Unsafe.IsNullRef(ref record) && record.Stamp == stamp)
            {
                record.IsUsed = true;
                (digest, marks) = (record.Digest, record.Marks);
                return true;
            }
        }

        (digest, marks) = (default, 0);
        return false;
    }

    /// <summary>Whether a file that is about to be read may be remembered: every write from now on will show in its stamp.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="stamp">Its stamp, just read.</param>
    internal bool MayRemember(string path, in FileStamp stamp) => _trust.ShowsWrites(path, stamp);

    /// <summary>Remembers a file.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="stamp">Its stamp, the same before it was read, when <see cref="MayRemember"/> was asked, and afterwards.</param>
    /// <param name="digest">Its digest.</param>
    /// <param name="marks">What the caller noted about the content.</param>
    internal void Remember(string path, in FileStamp stamp, Digest digest, byte marks)
    {
        UInt128 name = NameOf(path);
        lock (_gate)
        {
            _records[name] = new Record(stamp, digest, marks) { IsUsed = true };
            _changed = true;
        }
    }

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
                // What somebody began anew after this one was lost, under a key of its own, gives way.
                (KeyedHash hash, Dictionary<UInt128, Record> records)? stored = Load(_file);
                Dictionary<UInt128, Record> merged = stored is { } other && other.hash == _hash ? other.records : [];
                foreach ((UInt128 name, Record record) in _records)
                {
                    if (record.IsUsed)
                    {
                        merged[name] = record;
                    }
                }

                string folder = Path.GetDirectoryName(_file)!;
                NewDirectory.MakePrivate(folder);
                AtomicFile.SweepDead(folder);
                AtomicFile.WritePrivate(_file, Encode(merged, _hash));
                _changed = false;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Nothing depends on the memory but speed.
            }
        }
    }

    private static byte[] Encode(Dictionary<UInt128, Record> records, KeyedHash hash)
    {
        using var buffer = new MemoryStream(s_header.Length + KeyedHash.KeyLength + (records.Count * RecordLength));
        buffer.Write(s_header);
        Span<byte> key = stackalloc byte[KeyedHash.KeyLength];
        hash.WriteKey(key);
        buffer.Write(key);
        Span<byte> bytes = stackalloc byte[RecordLength];
        // Over the limit, what this process used stays and the rest makes room.
        int room = MaximumRecords;
        foreach (bool wanted in (ReadOnlySpan<bool>)[true, false])
        {
            foreach ((UInt128 name, Record record) in records)
            {
                if (record.IsUsed == wanted && room > 0)
                {
                    room--;
                    record.Write(name, bytes, hash);
                    buffer.Write(bytes);
                }
            }
        }

        return buffer.ToArray();
    }

    private static (KeyedHash Hash, Dictionary<UInt128, Record> Records)? Load(string file)
    {
        byte[] bytes;
        try
        {
            bytes = RegularFile.TryRead(file, Ceilings.HashMemory) ?? [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        if (!bytes.AsSpan().StartsWith(s_header) || bytes.Length < s_header.Length + KeyedHash.KeyLength)
        {
            return null;
        }

        var hash = new KeyedHash(bytes.AsSpan(s_header.Length, KeyedHash.KeyLength));
        ReadOnlySpan<byte> rest = bytes.AsSpan(s_header.Length + KeyedHash.KeyLength);
        var records = new Dictionary<UInt128, Record>(rest.Length / RecordLength);
        for (; rest.Length >= RecordLength; rest = rest[RecordLength..])
        {
            if (Record.TryRead(rest[..RecordLength], hash, out UInt128 name, out Record record))
            {
                records[name] = record;
            }
        }

        return (hash, records);
    }

    private UInt128 NameOf(string path) => _hash.Of(MemoryMarshal.AsBytes(path.AsSpan()));

    private record struct Record(FileStamp Stamp, Digest Digest, byte Marks)
    {
        // By this process: what it uses stays when there is no room for all.
        public bool IsUsed;

        public readonly void Write(UInt128 name, Span<byte> bytes, KeyedHash hash)
        {
            BinaryPrimitives.WriteUInt128LittleEndian(bytes, name);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], Stamp.Size);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], Stamp.ModifiedTicks);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[32..], Stamp.ChangedTicks);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[40..], Stamp.FileId);
            Digest.CopyHashTo(bytes[48..]);
            bytes[80] = Marks;
            bytes[81] = Stamp.IsExecutable ? (byte)1 : (byte)0;
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[82..], Stamp.Device);
            bytes[86..CheckedLength].Clear();
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[CheckedLength..], Check(bytes, hash));
        }

        public static bool TryRead(ReadOnlySpan<byte> bytes, KeyedHash hash, out UInt128 name, out Record record)
        {
            name = BinaryPrimitives.ReadUInt128LittleEndian(bytes);
            long size = BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]);
            if (size < 0 || BinaryPrimitives.ReadUInt64LittleEndian(bytes[CheckedLength..]) != Check(bytes, hash))
            {
                record = default;
                return false;
            }

            var stamp = new FileStamp(size, BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]),
                BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[40..]), bytes[81] != 0,
                BinaryPrimitives.ReadUInt32LittleEndian(bytes[82..]));
            record = new Record(stamp, new Digest(bytes.Slice(48, Digest.HashLength), size), bytes[80]);
            return true;
        }

        private static ulong Check(ReadOnlySpan<byte> record, KeyedHash hash) => (ulong)hash.Of(record[..CheckedLength]);
    }
}
