using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace BuildCache.Resources;

/// <summary>Hashes secrets slowly, each once a process.</summary>
internal static class SecretHash
{
    public const int Length = 32;

    // OWASP's advice for PBKDF2 with HMAC-SHA-512 (Password Storage Cheat Sheet). A part of the format of ids: it never changes under a version.
    private const int Iterations = 210_000;

    // What has been hashed is remembered under a keyed hash, of which the key leaves this process with it.
    private static readonly byte[] s_key = RandomNumberGenerator.GetBytes(32);
    private static readonly ConcurrentDictionary<string, byte[]> s_known = new(StringComparer.Ordinal);

    /// <summary>The hash of a secret: PBKDF2 with HMAC-SHA-512.</summary>
    public static byte[] Of(ReadOnlySpan<byte> secret, byte[] salt)
    {
        using var remembered = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, s_key);
        remembered.AppendData(salt);
        remembered.AppendData(secret);
        string known = Convert.ToHexString(remembered.GetHashAndReset());
        if (!s_known.TryGetValue(known, out byte[]? hash))
        {
            hash = Rfc2898DeriveBytes.Pbkdf2(secret, salt, Iterations, HashAlgorithmName.SHA512, Length);
            s_known.TryAdd(known, hash);
        }

        return hash;
    }
}
