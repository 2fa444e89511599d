using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace BuildCache.TestServers.GitHub;

/// <summary>URLs that each allow reading or writing one blob until they are withdrawn.</summary>
internal sealed class SignedUrls
{
    public const string Folder = "/blobs/";
    private readonly ConcurrentDictionary<string, (long Blob, bool Write)> _signatures = new();

    /// <param name="host">As the client named it: behind a proxy that is the proxy, and the transfers pass it too.</param>
    /// <param name="blob">The entry whose data it is.</param>
    /// <param name="write">To write the blob; otherwise to read it.</param>
    public string Issue(string host, long blob, bool write)
    {
        // As in Azure's, the signature has characters that a query must escape.
        string signature = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        _signatures[signature] = (blob, write);
        return $"http://{host}{Folder}{blob}?sp={(write ? "cw" : "r")}&sv=2024-11-04&sr=b&sig={Uri.EscapeDataString(signature)}";
    }

    public bool Allows(string? signature, long blob, bool write) =>
        signature is not null && _signatures.TryGetValue(signature, out (long Blob, bool Write) allowed) && allowed == (blob, write);

    public void Withdraw(Func<long, bool, bool> which)
    {
        foreach ((string signature, (long blob, bool write)) in _signatures)
        {
            if (which(blob, write))
            {
                _signatures.TryRemove(signature, out _);
            }
        }
    }
}
