using BuildCache.Trust;

namespace BuildCache.Tests.Stores.Signing;

/// <summary>Those who save and look: main, which signs and counts everywhere, a reader without a key, a signer of another project, and an attacker.</summary>
public static class Signers
{
    private static readonly SigningKey s_main = SigningKey.Create();
    private static readonly SigningKey s_docs = SigningKey.Create();
    private static readonly SigningKey s_mallory = SigningKey.Create();

    private static readonly TrustedSigner[] s_trusted =
    [
        new("main", s_main.PublicKey, [ScopePattern.All]),
        new("docs", s_docs.PublicKey, [ScopePattern.Parse("project:docs")]),
    ];

    /// <summary>Signs as main, and counts only what main or docs have signed.</summary>
    public static SignaturePolicy Main { get; } = new(s_trusted, [ScopePattern.All], new SigningKeySource(s_main));

    /// <summary>Signs nothing, and counts only what main or docs have signed.</summary>
    public static SignaturePolicy Reader { get; } = new(s_trusted, [ScopePattern.All]);

    /// <summary>Knows main and docs, and counts everything.</summary>
    public static SignaturePolicy Lenient { get; } = new(s_trusted, []);

    /// <summary>Signs as main, and counts everything.</summary>
    public static SignaturePolicy LenientMain { get; } = new(s_trusted, [], new SigningKeySource(s_main));

    /// <summary>Signs with the key of docs, which counts for another project.</summary>
    public static SignaturePolicy Docs { get; } = new([], [], new SigningKeySource(s_docs));

    /// <summary>Signs with a key that nobody knows.</summary>
    public static SignaturePolicy Mallory { get; } = new([], [], new SigningKeySource(s_mallory));
}
