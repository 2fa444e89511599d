using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace BuildCache.RemoteApis;

/// <summary>Whom a connection trusts, and who it says it is.</summary>
internal static class TlsSetup
{
    public static SslClientAuthenticationOptions For(RemoteEndpoint endpoint)
    {
        var options = new SslClientAuthenticationOptions { TargetHost = endpoint.Host };
        bool hasOwnAuthority = endpoint.CaFile is not null;
        if (hasOwnAuthority)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            };
            policy.CustomTrustStore.AddRange(Load(endpoint.CaFile!, "CA file"));
            options.CertificateChainPolicy = policy;
        }

        if (endpoint.ClientCertificateFile is not null)
        {
            options.ClientCertificateContext = ClientCertificate(endpoint.ClientCertificateFile, endpoint.ClientKeyFile!);
        }

        // What is thrown here reaches the call that needed the connection, so that it can say why.
        options.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => errors == SslPolicyErrors.None
            ? true
            : throw new GrpcException(GrpcFailure.NotTrusted, GrpcStatusCode.Unavailable, Reason(endpoint, certificate, chain, errors, hasOwnAuthority));
        return options;
    }

    private static string Reason(RemoteEndpoint endpoint, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors, bool hasOwnAuthority)
    {
        X509ChainStatusFlags status = (chain?.ChainStatus ?? []).Aggregate(X509ChainStatusFlags.NoError, (flags, next) => flags | next.Status);
        if (certificate is not X509Certificate2 shown)
        {
            return $"{endpoint.Name} showed no certificate.";
        }

        if ((status & X509ChainStatusFlags.NotTimeValid) != 0)
        {
            return $"The certificate of {endpoint.Name}, or one that signed it, is not valid now: its own time is {shown.NotBefore:u} to {shown.NotAfter:u}. Renew it, or set this machine's clock right.";
        }

        if ((status & ~X509ChainStatusFlags.NotTimeValid) != 0)
        {
            return hasOwnAuthority
                ? $"The certificate of {endpoint.Name} is not signed by any in the CA file '{endpoint.CaFile}'. Name the right CA file with ?ca=…"
                : $"The certificate of {endpoint.Name} is signed by nobody that this machine trusts. Name the CA file with ?ca=…, or install the authority.";
        }

        return (errors & SslPolicyErrors.RemoteCertificateNameMismatch) != 0
            ? $"The certificate of {endpoint.Name} is for other names: {Names(shown)}. Use one of them in the store's URI, or give the server a certificate for this one."
            : $"The certificate of {endpoint.Name} cannot be verified ({errors}).";
    }

    private static string Names(X509Certificate2 certificate)
    {
        IEnumerable<string> names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(extension => extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(address => address.ToString())));
        string[] listed = [.. names.Take(5)];
        return listed.Length > 0 ? string.Join(", ", listed) : certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
    }

    private static SslStreamCertificateContext ClientCertificate(string certificateFile, string keyFile)
    {
        X509Certificate2Collection signers = Load(certificateFile, "client certificate");
        try
        {
            X509Certificate2 own = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
            if (OperatingSystem.IsWindows())
            {
                // The system's TLS takes no key that lives in memory alone.
                using X509Certificate2 inMemory = own;
                own = X509CertificateLoader.LoadPkcs12(inMemory.Export(X509ContentType.Pkcs12), password: null);
            }

            signers.RemoveAt(0);
            return SslStreamCertificateContext.Create(own, signers, offline: true);
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new BuildCacheException(ErrorId.InvalidSetting, $"The key '{keyFile}' cannot be used with the certificate '{certificateFile}': {error.Message}", error);
        }
    }

    private static X509Certificate2Collection Load(string file, string what)
    {
        try
        {
            X509Certificate2Collection certificates = [];
            certificates.ImportFromPemFile(file);
            return certificates.Count > 0
                ? certificates
                : throw new BuildCacheException(ErrorId.InvalidSetting, $"The {what} '{file}' holds no certificate in PEM form.");
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new BuildCacheException(ErrorId.InvalidSetting, $"The {what} '{file}' cannot be read: {error.Message}", error);
        }
    }
}
