using BuildCache.Keys;

namespace BuildCache.Trust;

/// <summary>Whose entries count, where a signature is required, and what is signed with.</summary>
public sealed class SignaturePolicy
{
    private readonly Dictionary<string, TrustedSigner> _signers;
    private readonly IReadOnlyList<ScopePattern> _required;

    /// <summary>Makes a policy.</summary>
    /// <param name="signers">Whose entries count. No key stands twice.</param>
    /// <param name="required">The scopes in which no others count.</param>
    /// <param name="signingKey">What is signed with, or nothing.</param>
    public SignaturePolicy(IReadOnlyList<TrustedSigner> signers, IReadOnlyList<ScopePattern> required, SigningKeySource? signingKey = null)
    {
        _signers = signers.ToDictionary(signer => signer.Key.Id, StringComparer.Ordinal);
        _required = required;
        SigningKey = signingKey;
    }

    /// <summary>Nothing is signed, verified or required.</summary>
    public static SignaturePolicy None { get; } = new([], []);

    /// <summary>Whether nothing is signed, verified or required.</summary>
    public bool IsEmpty => _signers.Count == 0 && _required.Count == 0 && SigningKey is null;

    /// <summary>What is signed with, or <see langword="null"/>.</summary>
    public SigningKeySource? SigningKey { get; }

    /// <summary>Whether only entries count that are signed.</summary>
    public bool Requires(CacheScope scope) => _required.Any(pattern => pattern.Covers(scope));

    /// <summary>Whether a key counts in a scope.</summary>
    public bool Trusts(VerifyingKey key, CacheScope scope) => _signers.TryGetValue(key.Id, out TrustedSigner? signer) && signer.IsTrustedFor(scope);

    /// <summary>Finds out who signed a record.</summary>
    /// <param name="key">The key that it was found under.</param>
    /// <param name="record">The record as it is stored.</param>
    /// <returns><see langword="null"/> when it has no signature that can be read.</returns>
    public EntrySignature? Verify(CacheKey key, ReadOnlyMemory<byte> record)
    {
        if (SignatureBlock.Read(record, out ReadOnlyMemory<byte> payload) is not { } block)
        {
            return null;
        }

        if (!_signers.TryGetValue(block.KeyId, out TrustedSigner? signer))
        {
            return new EntrySignature(block.KeyId, null, SignatureState.UnknownKey);
        }

        SignatureState state = !signer.Key.Verifies(SignedMessage.Of(key, payload.Span), block.Signature) ? SignatureState.Invalid
            : signer.IsTrustedFor(key.Scope) ? SignatureState.Trusted
            : SignatureState.OtherScope;
        return new EntrySignature(block.KeyId, signer.Name, state);
    }

    /// <summary>Whether an entry counts: one that is forged never does, and where a signature is required only one of a signer who is trusted for the scope.</summary>
    public bool Accepts(CacheScope scope, EntrySignature? signature) => signature?.State switch
    {
        SignatureState.Trusted => true,
        SignatureState.Invalid => false,
        _ => !Requires(scope),
    };

    /// <summary>For people: who counts, and where nobody else does.</summary>
    public override string ToString() =>
        $"{(_signers.Count == 0 ? "no signers" : string.Join(", ", _signers.Values.Select(signer => signer.Name)))}; {(_required.Count == 0 ? "not required" : "required in " + string.Join("; ", _required))}";

    /// <summary>Signs a record, if there is a key.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidSigningKey"/>: the key that the settings name cannot be used.</exception>
    internal ReadOnlyMemory<byte> Sign(CacheKey key, ReadOnlyMemory<byte> payload) => SigningKey is not { Key: var own }
        ? payload
        : new SignatureBlock(own.PublicKey.Id, own.Sign(SignedMessage.Of(key, payload.Span))).AppendTo(payload.Span);

    /// <summary>Whether a record is signed with the key of this policy.</summary>
    internal bool IsOwn(CacheKey key, ReadOnlyMemory<byte> record) => SigningKey is { Key.PublicKey: var own }
        && SignatureBlock.Read(record, out ReadOnlyMemory<byte> payload) is { } block
        && block.KeyId == own.Id && own.Verifies(SignedMessage.Of(key, payload.Span), block.Signature);
}
