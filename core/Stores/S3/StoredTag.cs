using System.Security.Cryptography;

namespace BuildCache.Stores.S3;

/// <summary>Tells whether what arrived is what is stored: the server says in the <c>ETag</c> which MD5 it stored, whatever happens to the content on the way.</summary>
/// <param name="partSize">How long the parts are in which the object may have been uploaded.</param>
internal sealed class StoredTag(long partSize) : IDisposable
{
#pragma warning disable CA5351 // The tag is what S3 defines. It protects against damage, not against anybody.
    private readonly IncrementalHash _whole = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
    private readonly IncrementalHash _part = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
    private readonly IncrementalHash _parts = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
    private long _inPart;
    private int _count;

    public static bool? Matches(ReadObject read)
    {
        using var tag = new StoredTag(long.MaxValue);
        tag.Append(read.Content.Span);
        return tag.Matches(read.ETag);
    }

    public void Append(ReadOnlySpan<byte> content)
    {
        _whole.AppendData(content);
        while (!content.IsEmpty)
        {
            int count = (int)Math.Min(content.Length, partSize - _inPart);
            _part.AppendData(content[..count]);
            content = content[count..];
            _inPart += count;
            if (_inPart == partSize)
            {
                EndPart();
            }
        }
    }

    /// <summary>Whether the tag is that of what was appended; <see langword="null"/> when it is of a kind that does not tell.</summary>
    public bool? Matches(string? etag)
    {
        if (_inPart > 0)
        {
            EndPart();
        }

        string tag = etag?.Trim('"') ?? "";
        int dash = tag.IndexOf('-', StringComparison.Ordinal);
        string hash = dash < 0 ? tag : tag[..dash];
        if (hash.Length != 2 * MD5.HashSizeInBytes || !hash.All(char.IsAsciiHexDigit))
        {
            return null;
        }

        return string.Equals(hash, Convert.ToHexString((dash < 0 ? _whole : _parts).GetCurrentHash()), StringComparison.OrdinalIgnoreCase)
            && (dash < 0 || tag[(dash + 1)..] == _count.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    public void Dispose()
    {
        _whole.Dispose();
        _part.Dispose();
        _parts.Dispose();
    }

    private void EndPart()
    {
        _parts.AppendData(_part.GetHashAndReset());
        (_inPart, _count) = (0, _count + 1);
    }
}
