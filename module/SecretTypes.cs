using System.Management.Automation;
using System.Net;
using System.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace BuildCache.PowerShell;

/// <summary>Knows the types whose objects hold a secret.</summary>
internal static class SecretTypes
{
    /// <summary>Whether an object is of such a type, and not empty, as the credential of a drive is. A certificate is where its private key is with it.</summary>
    public static bool Has(object item) => item switch
    {
        SecureString secret => secret.Length > 0,
        PSCredential credential => credential.Password?.Length > 0,
        NetworkCredential credential => credential.SecurePassword.Length > 0,
        CredentialCache => true,
        AsymmetricAlgorithm or SymmetricAlgorithm or KeyedHashAlgorithm or RSAParameters or DSAParameters or ECParameters => true,
        X509Certificate2 certificate => HasKey(certificate),
        _ => false,
    };

    private static bool HasKey(X509Certificate2 certificate)
    {
        try
        {
            return certificate.HasPrivateKey;
        }
        catch (CryptographicException)
        {
            // It is disposed of.
            return false;
        }
    }
}
