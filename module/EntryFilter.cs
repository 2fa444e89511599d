using System.Management.Automation;
using BuildCache.Entries;
using BuildCache.Trust;

namespace BuildCache.PowerShell;

/// <summary>Chooses entries by who signed and who saved them.</summary>
/// <param name="signedBy">Patterns of the names or ids of keys, or of what SignedBy shows; <c>unsigned</c> for none. Nothing for all.</param>
/// <param name="creator">Patterns of creators. Nothing for all.</param>
internal sealed class EntryFilter(string[]? signedBy, string[]? creator)
{
    private readonly WildcardPattern[]? _signedBy = Patterns(signedBy);
    private readonly WildcardPattern[]? _creator = Patterns(creator);

    /// <summary>Whether an entry is one of them.</summary>
    public bool Matches(CacheEntry entry) =>
        (_signedBy?.Any(pattern => Signers(entry).Any(pattern.IsMatch)) ?? true) && (_creator?.Any(pattern => pattern.IsMatch(entry.Creator)) ?? true);

    private static WildcardPattern[]? Patterns(string[]? texts) => texts?.Select(text => WildcardPattern.Get(text, WildcardOptions.IgnoreCase)).ToArray();

    private static IEnumerable<string> Signers(CacheEntry entry)
    {
        yield return entry.SignedBy ?? TrustedSigner.Nobody;
        if (entry.Signature is { } signature)
        {
            yield return signature.KeyId;
            // What only claims to be of a signer is not theirs.
            if (signature is { Signer: { } name, State: not SignatureState.Invalid })
            {
                yield return name;
            }
        }
    }
}
