using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BuildCache.Files;

namespace BuildCache.Trust;

/// <summary>Where a signing key is: a file, an environment variable, or a certificate store. It is read when it is needed first.</summary>
public sealed class SigningKeySource
{
    private const int LargestFile = 64 * 1024;
    private const string Variable = "env:";
    private const string Certificate = "cert:";
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private readonly Lazy<SigningKey> _key;

    /// <summary>Takes a key that is there already.</summary>
    public SigningKeySource(SigningKey key) => _key = new Lazy<SigningKey>(key);

    private SigningKeySource(Func<SigningKey> read) => _key = new Lazy<SigningKey>(read, LazyThreadSafetyMode.ExecutionAndPublication);

    /// <summary>The key.</summary>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidSigningKey"/>: it is not there, or cannot be used.</exception>
    public SigningKey Key => _key.Value;

    /// <summary>Takes what a setting names. Nothing is read yet.</summary>
    /// <param name="text">The path of a PEM file, <c>env:</c> and the name of a variable, or <c>cert:</c> and the thumbprint of a certificate.</param>
    /// <param name="directory">What a relative path starts at; <see langword="null"/> where there is no such directory.</param>
    /// <param name="setting">What named it, for people.</param>
    /// <param name="allowsText">Whether the text may be the key itself, as in the variable of a pipeline.</param>
    /// <exception cref="BuildCacheException"><see cref="ErrorId.InvalidSigningKey"/>: it names nothing. A text that may be a key is not repeated.</exception>
    public static SigningKeySource Parse(string text, string? directory, string setting, bool allowsText)
    {
        text = text.Trim();
        if (text.StartsWith(Variable, StringComparison.Ordinal))
        {
            string name = text[Variable.Length..];
            return new(() => Environment.GetEnvironmentVariable(name) is { } value && !string.IsNullOrWhiteSpace(value)
                ? SigningKey.Parse(value, $"the variable {name}")
                : throw SigningKey.Invalid(setting, $"the variable {name} that it names is not set"));
        }

        if (text.StartsWith(Certificate, StringComparison.Ordinal))
        {
            string thumbprint = text[Certificate.Length..];
            return new(() => OfCertificate(thumbprint, setting));
        }

        bool isKey = text.Contains("-----BEGIN", StringComparison.Ordinal) || IsPkcs8(text);
        return isKey && allowsText ? new(() => SigningKey.Parse(text, setting))
            : isKey ? throw SigningKey.Invalid(setting, "the key itself is written there. Keep it in a file that only its user can read, and name the file")
            : Path.IsPathFullyQualified(text) ? new(() => OfFile(text))
            : directory is not null ? new(() => OfFile(Path.GetFullPath(text, directory)))
            : throw SigningKey.Invalid(setting, "it is neither a key nor the full path of a file, 'env:' and a variable, or 'cert:' and a thumbprint");
    }

    private static bool IsPkcs8(string text)
    {
        byte[] bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out int written) && written > 64 && bytes[0] == 0x30;
    }

    private static SigningKey OfFile(string path)
    {
        try
        {
            byte[] bytes = RegularFile.TryRead(path, LargestFile) ?? throw SigningKey.Invalid($"'{path}'", "there is no such file");
            // A file that anybody can read is a key that anybody has.
            return OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & Others) == 0
                ? SigningKey.Parse(System.Text.Encoding.UTF8.GetString(bytes), $"'{path}'")
                : throw SigningKey.Invalid($"'{path}'", "others than its owner can read or change it. Give it the mode 600 if nobody can have read it, else make a new one");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw SigningKey.Invalid($"'{path}'", $"it cannot be read ({error.Message})", error);
        }
    }

    private static SigningKey OfCertificate(string thumbprint, string setting)
    {
        foreach (StoreLocation location in (StoreLocation[])[StoreLocation.CurrentUser, StoreLocation.LocalMachine])
        {
            try
            {
                using var store = new X509Store(StoreName.My, location);
                store.Open(OpenFlags.ReadOnly | OpenFlags.OpenExistingOnly);
                foreach (X509Certificate2 certificate in store.Certificates.Find(X509FindType.FindByThumbprint, thumbprint, validOnly: false))
                {
                    using (certificate)
                    {
                        if (certificate.GetECDsaPrivateKey() is { } key)
                        {
                            return new SigningKey(key);
                        }
                    }
                }
            }
            catch (CryptographicException)
            {
                // There is no such store here, or it may not be read: the next.
            }
        }

        throw SigningKey.Invalid(setting, $"no certificate store of this user or machine has a certificate '{thumbprint}' with a private ECDSA key");
    }
}
