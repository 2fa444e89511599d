using System.Collections.Immutable;
using System.Text;
using BuildCache.Content;

namespace BuildCache.Keys;

/// <summary>Names an entry: a scope and an ordered list of parts. Ordinal and case-sensitive; every character is just a character.</summary>
/// <remarks>The format of the canonical bytes is described in <c>docs/key-format.md</c> and pinned by golden vectors in the tests.</remarks>
public sealed class CacheKey : IEquatable<CacheKey>
{
    /// <summary>The most parts that a key may have.</summary>
    public const int MaximumParts = 32;

    /// <summary>The most bytes that the canonical form of a key may have.</summary>
    public const int MaximumBytes = 16 * 1024;

    private const byte FormatVersion = 1;

    private CacheKey(CacheScope scope, ImmutableArray<string> parts, byte[] canonicalBytes)
    {
        Scope = scope;
        Parts = parts;
        CanonicalBytes = canonicalBytes;
        Digest = Digest.Of(canonicalBytes);
    }

    /// <summary>Whom the key is shared with.</summary>
    public CacheScope Scope { get; }

    /// <summary>The parts, from the most general to the most special.</summary>
    public ImmutableArray<string> Parts { get; }

    /// <summary>The canonical bytes: different for every two different keys.</summary>
    public ReadOnlyMemory<byte> CanonicalBytes { get; }

    /// <summary>The digest of the canonical bytes.</summary>
    public Digest Digest { get; }

    /// <summary>The text form, from which the key can be read back.</summary>
    public string Id => CacheId.Format(this);

    /// <summary>Makes a key.</summary>
    /// <param name="scope">Whom it is shared with.</param>
    /// <param name="parts">At least one part; none may be empty.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidCacheKey"/>: no parts, too many, an empty one, or one that is no text.</exception>
    public static CacheKey Create(CacheScope scope, IEnumerable<string> parts)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ImmutableArray<string> all = [.. parts];
        if (all.IsEmpty)
        {
            throw Invalid("A key needs at least one part");
        }

        if (all.Length > MaximumParts)
        {
            throw Invalid($"A key has at most {MaximumParts} parts and this one has {all.Length}");
        }

        for (int i = 0; i < all.Length; i++)
        {
            if (string.IsNullOrEmpty(all[i]))
            {
                throw Invalid($"Part {i + 1} of the key is empty");
            }

            if (!IsWellFormed(all[i]))
            {
                throw Invalid($"Part {i + 1} of the key is not well-formed text (half of a surrogate pair)");
            }
        }

        using var writer = new CanonicalWriter(FormatVersion);
        scope.Write(writer);
        writer.Count(all.Length);
        foreach (string part in all)
        {
            writer.Text(part);
        }

        byte[] bytes = writer.ToArray();
        return bytes.Length <= MaximumBytes
            ? new CacheKey(scope, all, bytes)
            : throw Invalid($"The key takes {bytes.Length:N0} bytes and may take {MaximumBytes:N0}; use the digest of what is long as a part");
    }

    /// <summary>Makes a child: this key with one more part.</summary>
    public CacheKey Append(string part) => Create(Scope, Parts.Add(part));

    /// <summary>The same parts in another scope.</summary>
    public CacheKey In(CacheScope scope) => Create(scope, Parts);

    /// <summary>Whether this key, taken as a restore key, matches another: all its parts but the last are equal, and the last is a prefix.</summary>
    public bool IsRestoreKeyOf(CacheKey other)
    {
        int last = Parts.Length - 1;
        if (!Scope.Equals(other.Scope) || other.Parts.Length <= last)
        {
            return false;
        }

        for (int i = 0; i < last; i++)
        {
            if (Parts[i] != other.Parts[i])
            {
                return false;
            }
        }

        return other.Parts[last].StartsWith(Parts[last], StringComparison.Ordinal);
    }

    /// <summary>Reads a key from its canonical bytes.</summary>
    /// <exception cref="FormatException">They are not the canonical bytes of any key of this version.</exception>
    internal static CacheKey Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new CanonicalReader(bytes);
        if (reader.Tag() != FormatVersion)
        {
            throw new FormatException();
        }

        try
        {
            CacheScope scope = CacheScope.Read(ref reader);
            var parts = new string[reader.Count(sizeof(int))];
            for (int i = 0; i < parts.Length; i++)
            {
                parts[i] = reader.Text();
            }

            reader.End();
            return Create(scope, parts);
        }
        catch (BuildCacheException error)
        {
            throw new FormatException(error.Message, error);
        }
    }

    internal static bool IsWellFormed(string text)
    {
        try
        {
            _ = CanonicalWriter.StrictUtf8.GetByteCount(text);
            return true;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public bool Equals(CacheKey? other) => other is not null && Digest == other.Digest;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CacheKey);

    /// <inheritdoc/>
    public override int GetHashCode() => Digest.GetHashCode();

    /// <summary>For people: the scope and the parts. It cannot be read back; <see cref="Id"/> can.</summary>
    public override string ToString() => PrintableText.Line($"{Scope} {string.Join(" / ", Parts)}");

    private static BuildCacheException Invalid(string what) =>
        new(ErrorId.InvalidCacheKey, $"{what}. Give a key as a list of non-empty texts, the most general first.");
}
