using BuildCache.Keys;

namespace BuildCache.Trust;

/// <summary>Somebody whose entries count.</summary>
/// <param name="Name">What the user calls them.</param>
/// <param name="Key">Their public key.</param>
/// <param name="Scopes">The scopes that they are trusted for.</param>
public sealed record TrustedSigner(string Name, VerifyingKey Key, IReadOnlyList<ScopePattern> Scopes)
{
    /// <summary>What no signer may be called: it stands for entries that nobody signed.</summary>
    public const string Nobody = "unsigned";

    /// <summary>Whether they are trusted for a scope.</summary>
    public bool IsTrustedFor(CacheScope scope) => Scopes.Any(pattern => pattern.Covers(scope));
}
