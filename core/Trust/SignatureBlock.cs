using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace BuildCache.Trust;

/// <summary>The line that a signed record ends with: <c>buildcache-signature 1 &lt;key id&gt; &lt;signature in base64&gt;</c>.</summary>
/// <remarks>It is part of the bytes that every index keeps as they are. A record is JSON on one line, so that no record without a signature ends like this.</remarks>
/// <param name="KeyId">The <see cref="VerifyingKey.Id"/> of the key that made it, as the record claims.</param>
/// <param name="Signature">The signature: r and s, 32 bytes each.</param>
internal sealed record SignatureBlock(string KeyId, byte[] Signature)
{
    private const int Longest = 1024;
    private static readonly SearchValues<byte> s_digits = SearchValues.Create("0123456789abcdef"u8);

    private static ReadOnlySpan<byte> Magic => "buildcache-signature "u8;

    private static ReadOnlySpan<byte> Version => "1 "u8;

    /// <summary>Puts a signature behind a record.</summary>
    public byte[] AppendTo(ReadOnlySpan<byte> payload) =>
        [.. payload, (byte)'\n', .. Magic, .. Version, .. Encoding.ASCII.GetBytes($"{KeyId} {Convert.ToBase64String(Signature)}\n")];

    /// <summary>Takes a record apart that anybody may have written.</summary>
    /// <param name="record">The record.</param>
    /// <param name="payload">What it says, without the last line if that is one of a signature.</param>
    /// <returns><see langword="null"/> when it has no signature, or one that this version cannot read.</returns>
    public static SignatureBlock? Read(ReadOnlyMemory<byte> record, out ReadOnlyMemory<byte> payload)
    {
        payload = record;
        ReadOnlySpan<byte> tail = record.Span[Math.Max(0, record.Length - Longest)..];
        if (tail.IsEmpty || tail[^1] != '\n')
        {
            return null;
        }

        int start = tail[..^1].LastIndexOf((byte)'\n');
        if (start < 0 || !tail[(start + 1)..].StartsWith(Magic))
        {
            return null;
        }

        payload = record[..(record.Length - tail.Length + start)];
        ReadOnlySpan<byte> line = tail[(start + 1 + Magic.Length)..^1];
        return line.StartsWith(Version) ? Parse(line[Version.Length..]) : null;
    }

    private static SignatureBlock? Parse(ReadOnlySpan<byte> words)
    {
        const int EncodedLength = (VerifyingKey.SignatureLength + 2) / 3 * 4;
        byte[] signature = new byte[VerifyingKey.SignatureLength + 2];
        return words.Length == VerifyingKey.IdLength + 1 + EncodedLength
            && words[VerifyingKey.IdLength] == ' '
            && !words[..VerifyingKey.IdLength].ContainsAnyExcept(s_digits)
            && Base64.DecodeFromUtf8(words[(VerifyingKey.IdLength + 1)..], signature, out int consumed, out int written) == OperationStatus.Done
            && consumed == EncodedLength && written == VerifyingKey.SignatureLength
                ? new SignatureBlock(Encoding.ASCII.GetString(words[..VerifyingKey.IdLength]), signature[..written])
                : null;
    }
}
