using System.Text;
using BuildCache.Keys;
using FsCheck;
using FsCheck.Fluent;

namespace BuildCache.Tests.Support;

/// <summary>Random keys made of what is likely to be confused: separators, wildcards, escapes, cases, code points around the surrogates.</summary>
public static class Arbitrary
{
    private static readonly string[] s_pieces =
    [
        "a", "A", "b", "0", "%", "%25", "%2C", "_", ",", "*", "?", "/", "\\", ":", ".", "..", "~", "+", "-", " ", "\n", "\0",
        "entry", "used", "con", "é", "e\u0301", "İ", "ı", "数", "\uE000", "\uFFFD", "😀", "\U00010000",
    ];

    public static Gen<string> Text { get; } =
        Gen.Elements(s_pieces).NonEmptyListOf().Select(pieces => string.Concat(pieces.Take(6)));

    public static Gen<CacheScope> Scope { get; } =
        from value in Text
        from other in Text
        from kinds in Gen.Elements<ScopeKind[]>(
            [ScopeKind.Global], [ScopeKind.Project], [ScopeKind.User], [ScopeKind.Team, ScopeKind.Branch], [ScopeKind.Branch, ScopeKind.Organization])
        select CacheScope.Create(kinds.Select((kind, i) => (kind, kind == ScopeKind.Global ? "" : i == 0 ? value : other)));

    public static Gen<CacheKey> Key { get; } =
        from scope in Scope
        from parts in Text.NonEmptyListOf()
        select CacheKey.Create(scope, parts.Take(5));

    /// <summary>Two keys that are more often near each other than chance would have them.</summary>
    public static Gen<(CacheKey Left, CacheKey Right)> Pair { get; } =
        from key in Key
        from unrelated in Key
        from text in Text
        from change in Gen.Choose(0, 5)
        select (key, change switch
        {
            0 => unrelated,
            1 => key.Append(text),
            2 => CacheKey.Create(key.Scope, [string.Concat(key.Parts)]),
            3 => CacheKey.Create(key.Scope, [.. key.Parts.Take(key.Parts.Length - 1), key.Parts[^1] + text]),
            4 => CacheKey.Create(key.Scope, key.Parts.Select(part => part.ToLowerInvariant())),
            _ => CacheKey.Create(unrelated.Scope, key.Parts),
        });

    /// <summary>Bytes of any length up to a few hundred.</summary>
    public static Gen<byte[]> Bytes { get; } = Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf();

    public static bool Same(CacheKey left, CacheKey right) =>
        left.Scope.Pairs.SequenceEqual(right.Scope.Pairs) && left.Parts.SequenceEqual(right.Parts, StringComparer.Ordinal);

    public static string Utf8(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    /// <summary>Checks a property on many random values.</summary>
    public static void ForAll<T>(Gen<T> values, Func<T, bool> holds, int times = 1000) =>
        Prop.ForAll(values.ToArbitrary(), holds).Check(Config.QuickThrowOnFailure.WithMaxTest(times).WithQuietOnSuccess(true));
}
