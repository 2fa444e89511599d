using System.Security.Cryptography;

namespace BuildCache.Trust;

/// <summary>A private key that entries are signed with: ECDSA on the curve P-256, with SHA-256. No message and no text form has anything of it.</summary>
public sealed class SigningKey
{
    private readonly Lock _gate = new();
    private readonly ECDsa _key;

    internal SigningKey(ECDsa key)
    {
        VerifyingKey.RefuseOtherKinds(key);
        _key = key;
        // An instance of its own, which verifies while another thread signs.
        PublicKey = VerifyingKey.Parse(Convert.ToBase64String(key.ExportSubjectPublicKeyInfo()));
    }

    /// <summary>Its public key.</summary>
    public VerifyingKey PublicKey { get; }

    /// <summary>Makes a new key.</summary>
    public static SigningKey Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Reads a private key.</summary>
    /// <param name="text">PEM (PKCS#8, or SEC 1 as OpenSSL writes it), or PKCS#8 in base64.</param>
    /// <param name="source">Where it was found, for people.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidSigningKey"/>. Nothing of the text is in the message.</exception>
    public static SigningKey Parse(string text, string source)
    {
        if (text.Contains("ENCRYPTED", StringComparison.Ordinal))
        {
            throw Invalid(source, "it is encrypted with a password. Keep it in a certificate store ('cert:' and the thumbprint), or without a password in a file that only its user can read");
        }

        var key = ECDsa.Create();
        try
        {
            if (text.Contains("-----BEGIN", StringComparison.Ordinal))
            {
                if (!text.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
                {
                    throw Invalid(source, "it has no private key");
                }

                // A variable of a pipeline may hold a PEM on one line.
                key.ImportFromPem(text.Replace("\\n", "\n", StringComparison.Ordinal));
            }
            else
            {
                byte[] pkcs8 = Convert.FromBase64String(text.Trim());
                key.ImportPkcs8PrivateKey(pkcs8, out _);
                CryptographicOperations.ZeroMemory(pkcs8);
            }

            return new SigningKey(key);
        }
        // Messages of .NET's may repeat what they could not read.
        catch (Exception error) when (error is CryptographicException or PlatformNotSupportedException or FormatException or ArgumentException)
        {
            key.Dispose();
            throw Invalid(source, "it is not a private ECDSA key on the curve P-256 as PEM (PKCS#8), or PKCS#8 in base64");
        }
        catch (BuildCacheException)
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>The key as the text of a PEM file (PKCS#8).</summary>
    public string ExportPem() => _key.ExportPkcs8PrivateKeyPem() + "\n";

    internal byte[] Sign(ReadOnlySpan<byte> message)
    {
        lock (_gate)
        {
            return _key.SignData(message, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
    }

    internal static BuildCacheException Invalid(string source, string why, Exception? cause = null) =>
        new(ErrorId.InvalidSigningKey, $"The signing key from {source} cannot be used: {why}. New-CacheSigningKey makes one.", cause);
}
