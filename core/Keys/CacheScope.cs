using System.Collections.Immutable;
using System.Text;

namespace BuildCache.Keys;

/// <summary>Whom a key is shared with: one or more pairs of a kind and a value. Two that name the same pairs share on purpose.</summary>
/// <remarks>The text form is <c>kind:value</c>, several joined by <c>,</c>; in a value, <c>%</c> and <c>,</c> are written <c>%25</c> and <c>%2C</c>.</remarks>
public sealed class CacheScope : IEquatable<CacheScope>
{
    private CacheScope(ImmutableArray<(ScopeKind Kind, string Value)> pairs) => Pairs = pairs;

    /// <summary>The scope of everybody who shares the store.</summary>
    public static CacheScope Global { get; } = Create([(ScopeKind.Global, "")]);

    /// <summary>The pairs in the order of their kinds; no kind stands twice.</summary>
    public ImmutableArray<(ScopeKind Kind, string Value)> Pairs { get; }

    /// <summary>Makes a scope of pairs, in any order.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidScope"/>: no pair, a kind twice, a value missing or malformed.</exception>
    public static CacheScope Create(IEnumerable<(ScopeKind Kind, string Value)> pairs)
    {
        ImmutableArray<(ScopeKind Kind, string Value)> sorted = [.. pairs.OrderBy(pair => pair.Kind)];
        if (sorted.IsEmpty)
        {
            throw Invalid("A scope needs at least one kind");
        }

        for (int i = 0; i < sorted.Length; i++)
        {
            (ScopeKind kind, string value) = sorted[i];
            if (!Enum.IsDefined(kind))
            {
                throw Invalid($"'{kind}' is no kind of scope");
            }

            if (i > 0 && sorted[i - 1].Kind == kind)
            {
                throw Invalid($"The scope names '{NameOf(kind)}' twice");
            }

            if (kind == ScopeKind.Global ? value.Length > 0 : value.Length == 0)
            {
                throw Invalid(kind == ScopeKind.Global ? "The scope 'global' takes no value" : $"The scope '{NameOf(kind)}' needs a value, as in '{NameOf(kind)}:name'");
            }

            if (!CacheKey.IsWellFormed(value))
            {
                throw Invalid($"The value of scope '{NameOf(kind)}' is not well-formed text");
            }
        }

        return new CacheScope(sorted);
    }

    /// <summary>Parses the text form.</summary>
    /// <param name="text">For example <c>team:core,branch:main</c>.</param>
    /// <param name="defaultValue">Gives the value of a kind that stands without one (<c>project</c>), or <see langword="null"/> when it has none.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidScope"/>: it is not of that form.</exception>
    public static CacheScope Parse(string text, Func<ScopeKind, string?>? defaultValue = null) =>
        Create(text.Split(',').Select(pair =>
        {
            int colon = pair.IndexOf(':', StringComparison.Ordinal);
            string name = colon < 0 ? pair : pair[..colon];
            if (!TryParseKind(name, out ScopeKind kind))
            {
                throw Invalid($"'{name}' in '{text}' is no kind of scope");
            }

            return (kind, colon < 0 ? defaultValue?.Invoke(kind) ?? "" : Unescape(pair[(colon + 1)..], text));
        }));

    /// <summary>The text form; parsing it gives an equal scope.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach ((ScopeKind kind, string value) in Pairs)
        {
            text.Append(text.Length > 0 ? "," : "").Append(NameOf(kind));
            if (kind != ScopeKind.Global)
            {
                text.Append(':').Append(value.Replace("%", "%25", StringComparison.Ordinal).Replace(",", "%2C", StringComparison.Ordinal));
            }
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public bool Equals(CacheScope? other) => other is not null && Pairs.SequenceEqual(other.Pairs);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CacheScope);

    /// <inheritdoc/>
    public override int GetHashCode() => Pairs.Aggregate(0, HashCode.Combine);

    internal void Write(CanonicalWriter writer)
    {
        writer.Count(Pairs.Length);
        foreach ((ScopeKind kind, string value) in Pairs)
        {
            writer.Tag((byte)kind).Text(value);
        }
    }

    internal static CacheScope Read(ref CanonicalReader reader)
    {
        int count = reader.Count(1 + sizeof(int));
        var pairs = new (ScopeKind Kind, string Value)[count];
        for (int i = 0; i < count; i++)
        {
            pairs[i] = ((ScopeKind)reader.Tag(), reader.Text());
            // Another order would give the same scope other bytes.
            if (i > 0 && pairs[i].Kind <= pairs[i - 1].Kind)
            {
                throw new FormatException();
            }
        }

        return Create(pairs);
    }

    private static string NameOf(ScopeKind kind) => kind.ToString().ToLowerInvariant();

    private static bool TryParseKind(string name, out ScopeKind kind)
    {
        foreach (ScopeKind candidate in Enum.GetValues<ScopeKind>())
        {
            if (name == NameOf(candidate))
            {
                kind = candidate;
                return true;
            }
        }

        kind = default;
        return false;
    }

    private static string Unescape(string value, string text)
    {
        string plain = value.Replace("%2C", ",", StringComparison.Ordinal);
        int percent = 0;
        while ((percent = value.IndexOf('%', percent)) >= 0)
        {
            if (!value.AsSpan(percent).StartsWith("%25") && !value.AsSpan(percent).StartsWith("%2C"))
            {
                throw Invalid($"A '%' in '{text}' must be written '%25'");
            }

            percent++;
        }

        return plain.Replace("%25", "%", StringComparison.Ordinal);
    }

    private static BuildCacheException Invalid(string what) =>
        new(ErrorId.InvalidScope, $"{what}. A scope is 'kind:value' with a kind of {string.Join(", ", Enum.GetValues<ScopeKind>().Select(NameOf))}; join several by a comma.");
}
