namespace BuildCache.PowerShell;

/// <summary>A new signing key. The private key is in its file alone.</summary>
/// <param name="Name">What it is called in <c>trust</c>.</param>
/// <param name="KeyId">The id that entries name it by.</param>
/// <param name="Path">The file with the private key.</param>
/// <param name="PublicKey">The public key, in base64.</param>
/// <param name="Trust">What to put into the settings of those who are to trust it.</param>
/// <param name="SigningKey">What to put into the settings of who signs with it.</param>
public sealed record CacheSigningKey(string Name, string KeyId, string Path, string PublicKey, string Trust, string SigningKey);
