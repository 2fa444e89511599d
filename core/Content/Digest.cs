using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace BuildCache.Content;

/// <summary>The SHA-256 of some content together with its size in bytes: what names a blob.</summary>
/// <remarks>The same pair, in the same text form <c>hash/size</c>, that Remote Execution API v2 calls a digest.</remarks>
public readonly struct Digest : IEquatable<Digest>, IComparable<Digest>
{
    /// <summary>The length of the hash, in bytes.</summary>
    public const int HashLength = 32;

    private static readonly SearchValues<char> s_hexDigits = SearchValues.Create("0123456789abcdef");

    private readonly ulong _h0;
    private readonly ulong _h1;
    private readonly ulong _h2;
    private readonly ulong _h3;

    /// <summary>Makes a digest of a hash that was computed elsewhere.</summary>
    /// <param name="hash">The 32 bytes of the SHA-256.</param>
    /// <param name="size">The size of the content in bytes; not negative.</param>
    public Digest(ReadOnlySpan<byte> hash, long size)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(hash.Length, HashLength);
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(hash);
        (_h0, _h1, _h2, _h3) = (words[0], words[1], words[2], words[3]);
        Size = size;
    }

    /// <summary>The digest of no bytes.</summary>
    public static Digest Empty { get; } = Of([]);

    /// <summary>The size of the content, in bytes.</summary>
    public long Size { get; }

    /// <summary>The hash as 64 lower-case hexadecimal digits.</summary>
    public string Hash
    {
        get
        {
            Span<byte> hash = stackalloc byte[HashLength];
            CopyHashTo(hash);
            return Convert.ToHexStringLower(hash);
        }
    }

    /// <summary>Computes the digest of content in memory.</summary>
    public static Digest Of(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[HashLength];
        SHA256.HashData(content, hash);
        return new Digest(hash, content.Length);
    }

    /// <summary>Parses the form <c>hash/size</c>.</summary>
    /// <returns><see langword="false"/> when the text is not exactly 64 lower-case hexadecimal digits, a slash, and a size.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out Digest digest)
    {
        digest = default;
        if (text is null || text.Length < 66 || text[64] != '/'
            || !long.TryParse(text.AsSpan(65), NumberStyles.None, CultureInfo.InvariantCulture, out long size)
            || (size > 0 && text[65] == '0') || (size == 0 && text.Length != 66))
        {
            return false;
        }

        return TryParse(text.AsSpan(0, 64), size, out digest);
    }

    /// <summary>Parses a hash of 64 lower-case hexadecimal digits and joins it with a size.</summary>
    public static bool TryParse(ReadOnlySpan<char> hash, long size, out Digest digest)
    {
        digest = default;
        Span<byte> bytes = stackalloc byte[HashLength];
        if (hash.Length != 2 * HashLength || size < 0 || hash.ContainsAnyExcept(s_hexDigits)
            || Convert.FromHexString(hash, bytes, out _, out _) != OperationStatus.Done)
        {
            return false;
        }

        digest = new Digest(bytes, size);
        return true;
    }

    /// <summary>Writes the 32 bytes of the hash.</summary>
    public void CopyHashTo(Span<byte> destination)
    {
        ReadOnlySpan<ulong> words = [_h0, _h1, _h2, _h3];
        MemoryMarshal.AsBytes(words).CopyTo(destination);
    }

    /// <inheritdoc/>
    public bool Equals(Digest other) =>
        _h0 == other._h0 && _h1 == other._h1 && _h2 == other._h2 && _h3 == other._h3 && Size == other.Size;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Digest other && Equals(other);

    // The hash is uniform already; any of its words serves.
    /// <inheritdoc/>
    public override int GetHashCode() => (int)_h0;

    /// <inheritdoc/>
    public int CompareTo(Digest other)
    {
        Span<byte> left = stackalloc byte[HashLength];
        Span<byte> right = stackalloc byte[HashLength];
        CopyHashTo(left);
        other.CopyHashTo(right);
        int order = left.SequenceCompareTo(right);
        return order != 0 ? order : Size.CompareTo(other.Size);
    }

    /// <summary>The form <c>hash/size</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Hash}/{Size}");

    /// <summary>Equality of hash and size.</summary>
    public static bool operator ==(Digest left, Digest right) => left.Equals(right);

    /// <summary>Inequality of hash or size.</summary>
    public static bool operator !=(Digest left, Digest right) => !left.Equals(right);

    /// <summary>Order by hash, then size.</summary>
    public static bool operator <(Digest left, Digest right) => left.CompareTo(right) < 0;

    /// <summary>Order by hash, then size.</summary>
    public static bool operator >(Digest left, Digest right) => left.CompareTo(right) > 0;

    /// <summary>Order by hash, then size.</summary>
    public static bool operator <=(Digest left, Digest right) => left.CompareTo(right) <= 0;

    /// <summary>Order by hash, then size.</summary>
    public static bool operator >=(Digest left, Digest right) => left.CompareTo(right) >= 0;
}
