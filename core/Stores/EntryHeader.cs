using System.Globalization;
using System.Text;
using BuildCache.Content;

namespace BuildCache.Stores;

/// <summary>The line that opens every stored record of an entry: what it is, the version of its format, and a checksum of all that counts.</summary>
/// <remarks>
/// <c>buildcache-entry 1 &lt;sha256&gt;\n</c>, then the body. More words may follow the checksum, as <c>name=value</c>: a reader ignores a
/// name that it does not know, so that a compression, say, can be added for readers that do. The checksum is the SHA-256 of
/// the line without the checksum itself, a line feed, and the body; it is the same in all versions, so that a damaged version is
/// damage and not a later version.
/// </remarks>
internal static class EntryHeader
{
    private const int LongestLine = 1024;

    /// <summary>Puts a header before a body.</summary>
    /// <param name="magic">What the record is.</param>
    /// <param name="version">The version of its format.</param>
    /// <param name="body">What it says.</param>
    public static byte[] Write(string magic, int version, ReadOnlySpan<byte> body) =>
        [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{magic} {version} {Checksum($"{magic} {version}", body)}\n")), .. body];

    /// <summary>Reads what anybody may have written.</summary>
    /// <param name="record">The record.</param>
    /// <param name="magic">What it has to be.</param>
    /// <param name="version">The version of the format that is read.</param>
    /// <param name="name">What to call it in an error.</param>
    /// <param name="body">The body, when the record is whole and of that version.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.UnsupportedFormat"/>: it is whole, and a later version wrote it.</exception>
    public static EntryState Read(ReadOnlyMemory<byte> record, string magic, int version, string name, out ReadOnlyMemory<byte> body)
    {
        body = default;
        int end = record.Span[..Math.Min(record.Length, LongestLine)].IndexOf((byte)'\n');
        if (end < 0 || Encoding.ASCII.GetString(record.Span[..end]).Split(' ') is not [var what, var number, var checksum, .. var more] || what != magic)
        {
            return EntryState.Damaged;
        }

        ReadOnlyMemory<byte> rest = record[(end + 1)..];
        if (Checksum(string.Join(' ', [what, number, .. more]), rest.Span) != checksum || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int written))
        {
            return EntryState.Damaged;
        }

        if (written > version)
        {
            throw new BuildCacheException(ErrorId.UnsupportedFormat,
                $"The entry '{name}' has format {written} and this version reads up to {version}. Update BuildCache, or remove the entry.");
        }

        body = rest;
        return written == version ? EntryState.Readable : EntryState.Older;
    }

    private static string Checksum(string format, ReadOnlySpan<byte> body) => Digest.Of([.. Encoding.ASCII.GetBytes(format + "\n"), .. body]).Hash;
}

/// <summary>What a stored record of an entry is to this version.</summary>
internal enum EntryState
{
    /// <summary>It can be read.</summary>
    Readable,

    /// <summary>It is whole and of a format that is not read any more: it is a miss, and it stays for those who can read it.</summary>
    Older,

    /// <summary>It is damaged, or something else.</summary>
    Damaged,
}
