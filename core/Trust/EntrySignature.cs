namespace BuildCache.Trust;

/// <summary>What is known of who signed an entry.</summary>
/// <param name="KeyId">The id of the key, as the entry claims.</param>
/// <param name="Signer">The name of the key, if it is one that the settings name.</param>
/// <param name="State">What the claim is worth.</param>
public sealed record EntrySignature(string KeyId, string? Signer, SignatureState State)
{
    /// <summary>For people: the name of the signer, or what is wrong.</summary>
    public override string ToString() => State switch
    {
        SignatureState.Trusted => Signer!,
        SignatureState.OtherScope => $"{Signer}, not trusted for this scope",
        SignatureState.Invalid => $"forged: not signed by {Signer}",
        _ => $"unknown key {KeyId}",
    };
}

/// <summary>What the signature of an entry is worth.</summary>
public enum SignatureState
{
    /// <summary>The key is not one that the settings name, so that nothing was verified.</summary>
    UnknownKey,

    /// <summary>A named key has signed just this entry under just this key, and is trusted for its scope.</summary>
    Trusted,

    /// <summary>A named key has signed just this entry, and is trusted for other scopes.</summary>
    OtherScope,

    /// <summary>It claims to be of a named key and is not: forged, changed, or moved from another key.</summary>
    Invalid,
}
