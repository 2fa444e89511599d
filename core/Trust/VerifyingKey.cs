using System.Security.Cryptography;

namespace BuildCache.Trust;

/// <summary>A public key that signatures of entries are verified with: ECDSA on the curve P-256, with SHA-256.</summary>
public sealed class VerifyingKey
{
    /// <summary>The length of an id, in hexadecimal digits.</summary>
    public const int IdLength = 32;

    /// <summary>The length of a signature, in bytes.</summary>
    internal const int SignatureLength = 64;

    private const string Curve = "1.2.840.10045.3.1.7";

    // An instance of .NET's is not for several threads at once.
    private readonly Lock _gate = new();
    private readonly ECDsa _key;

    private VerifyingKey(ECDsa key)
    {
        _key = key;
        byte[] spki = key.ExportSubjectPublicKeyInfo();
        Text = Convert.ToBase64String(spki);
        Id = Convert.ToHexStringLower(SHA256.HashData(spki))[..IdLength];
    }

    /// <summary>What signatures call the key: the beginning of the SHA-256 of its SubjectPublicKeyInfo.</summary>
    public string Id { get; }

    /// <summary>The key as settings name it: its SubjectPublicKeyInfo in base64.</summary>
    public string Text { get; }

    /// <summary>Reads a public key.</summary>
    /// <param name="text">Its SubjectPublicKeyInfo, in base64 or as PEM.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidSigningKey"/>: it is none, or one of another kind. The text is not repeated.</exception>
    public static VerifyingKey Parse(string text)
    {
        if (text.Contains("PRIVATE KEY", StringComparison.Ordinal))
        {
            throw Invalid("it is a private key, which belongs in a file that only its user can read. Put the public key here: New-CacheSigningKey and 'openssl pkey -pubout' give it");
        }

        var key = ECDsa.Create();
        try
        {
            if (PemEncoding.TryFind(text, out PemFields fields))
            {
                key.ImportSubjectPublicKeyInfo(Convert.FromBase64String(text[fields.Base64Data]), out _);
            }
            else
            {
                key.ImportSubjectPublicKeyInfo(Convert.FromBase64String(text), out _);
            }

            RefuseOtherKinds(key);
            return new VerifyingKey(key);
        }
        catch (Exception error) when (error is CryptographicException or PlatformNotSupportedException or FormatException or BuildCacheException)
        {
            key.Dispose();
            throw error as BuildCacheException ?? Invalid("it is not the SubjectPublicKeyInfo of an ECDSA key on the curve P-256, in base64 or PEM", error);
        }
    }

    /// <summary>Whether a signature is of this key and of just this message.</summary>
    internal bool Verifies(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        try
        {
            lock (_gate)
            {
                return signature.Length == SignatureLength && _key.VerifyData(message, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            }
        }
        catch (CryptographicException)
        {
            // Numbers that no signature has.
            return false;
        }
    }

    /// <summary>Refuses a key on another curve.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidSigningKey"/>.</exception>
    internal static void RefuseOtherKinds(ECDsa key)
    {
        Oid? curve = key.KeySize == 256 ? key.ExportParameters(includePrivateParameters: false).Curve.Oid : null;
        if (curve?.Value != Curve && curve?.FriendlyName is not ("nistP256" or "ECDSA_P256"))
        {
            throw Invalid("it is on another curve than P-256. Make one with New-CacheSigningKey, or 'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256'");
        }
    }

    private static BuildCacheException Invalid(string why, Exception? cause = null) => new(ErrorId.InvalidSigningKey, $"The key cannot be used: {why}.", cause);
}
