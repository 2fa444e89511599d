using System.Globalization;
using System.Net;

namespace BuildCache.RemoteApis;

/// <summary>Where a server of the remote APIs is, and how it knows who asks.</summary>
internal sealed record RemoteEndpoint
{
    /// <summary>A host name or address, without brackets.</summary>
    public required string Host { get; init; }

    public required int Port { get; init; }

    /// <summary>Whether the connection is encrypted (<c>grpcs</c>).</summary>
    public bool IsTls { get; init; }

    /// <summary>The instance of the server to use; may be empty, may contain slashes.</summary>
    public string Instance { get; init; } = "";

    /// <summary>A PEM file with the certificates to trust instead of the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>A PEM file with the certificate that says who asks, followed by those that signed it, if any.</summary>
    public string? ClientCertificateFile { get; init; }

    /// <summary>A PEM file with the key of <see cref="ClientCertificateFile"/>.</summary>
    public string? ClientKeyFile { get; init; }

    /// <summary>A bearer token. Never part of a message.</summary>
    public string? Token { get; init; }

    /// <summary>How long a try may take; of a transfer, how long it may stand still.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The server as messages name it: <c>grpc://host:port</c>.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{(IsTls ? "grpcs" : "grpc")}://{BracketedHost}:{Port}");

    /// <summary>The same as <see cref="HttpClient"/> names it.</summary>
    public Uri Address => new(string.Create(CultureInfo.InvariantCulture, $"{(IsTls ? "https" : "http")}://{BracketedHost}:{Port}"));

    private string BracketedHost => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;

    /// <summary>Checks what can be known to be wrong before anything is sent.</summary>
    /// <exception cref="BuildCacheException">It says what is wrong and never names the token.</exception>
    public void Validate()
    {
        if (Token is not null && (Token.Length == 0 || Token.Any(letter => letter is < '!' or > '~')))
        {
            throw new BuildCacheException(ErrorId.InvalidSetting, $"The token for {Name} is empty or has characters that no token has, such as a line break.");
        }

        if (Token is not null && !IsTls && !IsLoopback)
        {
            throw new BuildCacheException(ErrorId.InvalidStoreUri, $"The token for {Name} would cross the network unencrypted. Use grpcs:// or remove the token.");
        }

        if (ClientCertificateFile is null != ClientKeyFile is null)
        {
            throw new BuildCacheException(ErrorId.InvalidSetting, $"For {Name}, a client certificate and its key are needed together; one of them is missing.");
        }

        if (!IsTls && (CaFile ?? ClientCertificateFile) is not null)
        {
            throw new BuildCacheException(ErrorId.InvalidStoreUri, $"{Name} is not encrypted, so a CA file or a client certificate has no use. Use grpcs:// or remove it.");
        }
    }

    /// <summary>Without the token, which a record would print.</summary>
    public override string ToString() => Name;

    private bool IsLoopback => Host == "localhost" || (IPAddress.TryParse(Host, out IPAddress? address) && IPAddress.IsLoopback(address));
}
